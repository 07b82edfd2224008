#include "actors/content/dkim.hpp"

#include "actors/content/dkim_canonical.hpp"
#include "actors/content/limits.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace cartwheel {

namespace {

struct free_openssl {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_MD* p) const { EVP_MD_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
};
template <class T>
using owned = std::unique_ptr<T, free_openssl>;

/// Only a broken or starved OpenSSL refuses: a mail must not leave with a wrong signature, nor without one.
void require(bool ok, std::string_view what) {
  if (!ok) throw std::runtime_error{fmt::format("OpenSSL: {} failed", what)};
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  // It writes a zero behind the text, where std::string has one.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

const EVP_MD* sha256() {
  static const owned<EVP_MD> fetched{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  require(fetched != nullptr, "SHA-256");
  return fetched.get();
}

std::string sha256_of(std::string_view text) {
  std::string out(32, '\0');
  unsigned size = 0;
  require(
    EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, sha256(), nullptr) == 1 &&
      size == out.size(),
    "SHA-256");
  return out;
}

/// What a reader goes by: signed once more than it is there, so that a second one cannot be put in front.
constexpr std::array<std::string_view, 8> guarded{"From", "To",         "Reply-To",         "Subject",
                                                  "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"};
/// What relays leave alone besides. (Content-Transfer-Encoding stands in the parts, and a relay that changes those breaks
/// the body's hash anyway.)
constexpr std::array<std::string_view, 6> signed_too{"MIME-Version", "Content-Type",   "Content-Language",
                                                     "List-Id",      "Auto-Submitted", "Feedback-ID"};

std::vector<std::string_view> names_to_sign(std::string_view header) {
  std::vector<std::string_view> names;
  for (auto name : guarded) names.insert(names.end(), dkim::occurrences(header, name) + 1, name);
  for (auto name : signed_too) names.insert(names.end(), dkim::occurrences(header, name), name);
  return names;
}

/// Items joined, a new line before one that would pass the width. Blanks may stand around them. Source: RFC 6376, 3.2.
void append_folded(std::string& out, size_t& column, const std::vector<std::string_view>& items, char between) {
  for (size_t i = 0; i < items.size(); ++i) {
    const bool more = i + 1 < items.size();
    if (column + items[i].size() + 1 > limits::header_line_wanted) {
      out += "\r\n ";
      column = 1;
    }
    out += items[i];
    column += items[i].size();
    if (more) out += between;
    if (more) ++column;
  }
}

/// base64 may be broken anywhere.
void append_base64(std::string& out, size_t column, std::string_view text) {
  while (!text.empty()) {
    if (column >= limits::header_line_wanted) {
      out += "\r\n ";
      column = 1;
    }
    const auto some = std::min(text.size(), limits::header_line_wanted - column);
    out += text.substr(0, some);
    text.remove_prefix(some);
    column += some;
  }
}

}  // namespace

struct dkim_signer::key {
  std::string domain;
  std::string selector;
  bool is_rsa = true;
  owned<EVP_PKEY> pkey;

  std::string sign(std::string_view input) const {
    // RFC 8463 section 3: Ed25519 signs the hash, for the sake of one length.
    const auto text = is_rsa ? std::string{input} : sha256_of(input);
    owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    require(context != nullptr, "signing");
    require(EVP_DigestSignInit(context.get(), nullptr, is_rsa ? sha256() : nullptr, nullptr, pkey.get()) == 1,
            "signing");
    size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    require(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1, "signing");
    std::string out(size, '\0');
    require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size()) == 1,
            "signing");
    out.resize(size);
    return out;
  }

  /// The field with everything but the value of b=.
  std::string field(const std::vector<std::string_view>& names, std::string_view body_hash, instant date) const {
    auto seconds = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
    std::string out = "DKIM-Signature: v=1;";
    size_t column = out.size();
    std::vector<std::string> tags{fmt::format(" a={}-sha256;", is_rsa ? "rsa" : "ed25519"), " c=relaxed/relaxed;",
                                  fmt::format(" d={};", domain), fmt::format(" s={};", selector)};
    if (seconds > 0) tags.push_back(fmt::format(" t={};", seconds));
    for (const auto& tag : tags) {
      if (column + tag.size() > limits::header_line_wanted) {
        out += "\r\n";
        column = 0;
      }
      out += tag;
      column += tag.size();
    }
    out += "\r\n h=";
    column = 3;
    append_folded(out, column, names, ':');
    out += fmt::format(";\r\n bh={};\r\n b=", body_hash);
    return out;
  }

  dkim_dns_record dns() const {
    dkim_dns_record record{selector + "._domainkey." + domain, {}};
    std::string bytes;
    if (is_rsa) {
      unsigned char* der = nullptr;
      const int size = i2d_PUBKEY(pkey.get(), &der);
      require(size > 0, "writing a public key");
      bytes.assign(reinterpret_cast<char*>(der), static_cast<size_t>(size));
      OPENSSL_free(der);
    } else {
      size_t size = 32;
      bytes.resize(size);
      require(EVP_PKEY_get_raw_public_key(pkey.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size) == 1,
              "writing a public key");
    }
    record.value = fmt::format("v=DKIM1; k={}; p={}", is_rsa ? "rsa" : "ed25519", base64(bytes));
    return record;
  }
};

namespace {

/// A private key, or what is wrong with the file.
struct loaded_key {
  owned<EVP_PKEY> pkey;
  std::string problem;
  std::string warning;
};

loaded_key load_key(const std::string& file, bool rsa) {
  auto wrong = [](std::string what) { return loaded_key{nullptr, std::move(what), {}}; };
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  std::string text(limits::dkim_key_file_bytes_max + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof()) {
    if (errno != 0 || !in.is_open()) return wrong("cannot be read: " + std::generic_category().message(errno));
    return wrong(fmt::format("is longer than {} bytes", limits::dkim_key_file_bytes_max));
  }
  text.resize(static_cast<size_t>(in.gcount()));
  owned<BIO> bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  require(bio != nullptr, "reading a key");
  // No password is asked for: nobody would be there to give it.
  auto no_password = [](char*, int, int, void*) { return -1; };
  loaded_key key{owned<EVP_PKEY>{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)}, {}, {}};
  OPENSSL_cleanse(text.data(), text.size());
  ERR_clear_error();
  if (!key.pkey) return wrong("holds no private key in PEM that can be read without a password");
  if (rsa && EVP_PKEY_is_a(key.pkey.get(), "RSA") != 1) return wrong("holds a key that is not RSA");
  if (!rsa && EVP_PKEY_is_a(key.pkey.get(), "ED25519") != 1) return wrong("holds a key that is not Ed25519");
  constexpr int rsa_bits_min = 2048;  // RFC 8301 section 3.2 says SHOULD; receivers give less for less
  if (const int bits = EVP_PKEY_get_bits(key.pkey.get()); rsa && bits < rsa_bits_min)
    return wrong(fmt::format("holds an RSA key of {} bits; must have at least {}", bits, rsa_bits_min));
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IRWXO) != 0)
    key.warning = fmt::format("{}: has mode {:04o}: others than its owner may use it to sign in this domain's name",
                              file, static_cast<unsigned>(status.st_mode) & 07777u);
  return key;
}

}  // namespace

dkim_signer::dkim_signer(const std::map<std::string, dkim_settings>& domains) {
  std::string problems;
  auto add = [&](const std::string& domain, const std::string& selector, const std::string& file, bool rsa) {
    auto loaded = load_key(file, rsa);
    if (!loaded.problem.empty()) {
      problems += fmt::format("{}dkim.\"{}\".{} = \"{}\": {}", problems.empty() ? "" : "\n", domain,
                              rsa ? "key_file" : "ed25519_key_file", file, loaded.problem);
      return;
    }
    if (!loaded.warning.empty()) warnings_.push_back(std::move(loaded.warning));
    keys_[domain].push_back(std::make_unique<key>(key{domain, selector, rsa, std::move(loaded.pkey)}));
  };
  for (const auto& [domain, s] : domains) {
    add(domain, s.selector, s.key_file, true);
    if (!s.ed25519_selector.empty()) add(domain, s.ed25519_selector, s.ed25519_key_file, false);
  }
  if (!problems.empty()) throw std::runtime_error{problems};
}

dkim_signer::~dkim_signer() = default;

/// A key of example.com stands for shop.example.com, too: relaxed alignment, RFC 7489 section 3.1.1.
dkim_signer::key_map::const_iterator dkim_signer::key_domain_of(std::string_view domain) const {
  auto found = keys_.find(domain);
  while (found == keys_.end() && domain.find('.') != domain.npos) {
    domain.remove_prefix(domain.find('.') + 1);
    found = keys_.find(domain);
  }
  return found;
}

std::string dkim_signer::sign(std::string_view domain, std::string_view message, instant date) const {
  const auto found = key_domain_of(domain);
  if (found == keys_.end()) return {};
  const auto [header, body] = dkim::split(message);
  const auto names = names_to_sign(header);
  const auto body_hash = base64(sha256_of(dkim::relaxed_body(body)));
  std::string out;
  for (const auto& k : found->second) {
    auto field = k->field(names, body_hash, date);
    append_base64(field, 3, base64(k->sign(dkim::signing_input(header, names, field))));
    out += field + "\r\n";
  }
  return out;
}

std::vector<dkim_dns_record> dkim_signer::dns_records() const {
  std::vector<dkim_dns_record> all;
  for (const auto& [domain, keys] : keys_)
    for (const auto& k : keys) all.push_back(k->dns());
  return all;
}

}  // namespace cartwheel
