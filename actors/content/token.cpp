#include "actors/content/token.hpp"

#include "actors/content/limits.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace cartwheel {

namespace {

constexpr size_t nonce_size = 12;
constexpr size_t tag_size = 16;
constexpr uint8_t version = 1;
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct free_context {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

struct free_cipher {
  void operator()(EVP_CIPHER* c) const { EVP_CIPHER_free(c); }
};

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void require(bool ok) {
  if (!ok) throw std::runtime_error{"OpenSSL: AES-256-GCM failed"};
}

std::string base64url(std::string_view in) {
  std::string out;
  out.reserve((in.size() * 4 + 2) / 3);
  uint32_t bits = 0;
  int held = 0;
  for (char c : in) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += digits[bits >> (held - 6) & 63];
  }
  if (held > 0) out += digits[bits << (6 - held) & 63];
  return out;
}

std::optional<std::string> from_base64url(std::string_view in) {
  std::string out;
  out.reserve(in.size() * 3 / 4);
  uint32_t bits = 0;
  int held = 0;
  for (char c : in) {
    size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 255);
    }
  }
  // One token, one spelling: bits left over must be zero and fewer than a digit.
  if (held >= 6 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

void append_text(std::string& out, std::string_view text) {
  if (text.size() > limits::token_text_bytes_max) throw std::length_error{"a text too long for a link's token"};
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 255);
  out += text;
}

bool read_text(std::string_view& in, std::string& text) {
  if (in.size() < 2) return false;
  size_t size = size_t{static_cast<unsigned char>(in[0])} << 8 | static_cast<unsigned char>(in[1]);
  in.remove_prefix(2);
  if (in.size() < size) return false;
  text.assign(in.substr(0, size));
  in.remove_prefix(size);
  return true;
}

std::string pack(const token_payload& p) {
  std::string out;
  out += static_cast<char>(version);
  out += static_cast<char>(p.purpose);
  append_text(out, p.shop);
  append_text(out, p.address);
  append_text(out, p.scope);
  const bool names_a_mail = p.purpose == token_purpose::restore;
  if (!names_a_mail && p.language.empty()) return out;
  append_text(out, p.language);
  if (!names_a_mail) return out;
  byte_writer w{out};
  w.number(p.cycle);
  w.byte(p.step);
  w.time(p.made);
  return out;
}

std::optional<token_payload> unpack(std::string_view in, token_purpose purpose) {
  if (in.size() < 2 || in[0] != static_cast<char>(version) || in[1] != static_cast<char>(purpose)) return std::nullopt;
  in.remove_prefix(2);
  token_payload out;
  out.purpose = purpose;
  if (!read_text(in, out.shop) || !read_text(in, out.address) || !read_text(in, out.scope)) return std::nullopt;
  const bool names_a_mail = purpose == token_purpose::restore;
  if (in.empty() && !names_a_mail) return out;
  if (!read_text(in, out.language)) return std::nullopt;
  if (!names_a_mail) return in.empty() ? std::optional{std::move(out)} : std::nullopt;
  try {
    byte_reader r{in};
    out.cycle = static_cast<uint32_t>(r.number());
    out.step = r.byte();
    out.made = r.time();
    if (!r.done()) return std::nullopt;
  } catch (const broken_bytes&) {  // sealed by us, but not as one of these
    return std::nullopt;
  }
  return out;
}

}  // namespace

struct token_box::impl {
  secret_key cipher_key;
  secret_key nonce_key;
  std::unique_ptr<EVP_CIPHER, free_cipher> cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};

  ~impl() {
    OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
    OPENSSL_cleanse(nonce_key.data(), nonce_key.size());
  }

  std::string nonce_of(std::string_view payload) const {
    auto digest = keyed_digest(nonce_key, {payload});
    return {reinterpret_cast<const char*>(digest.data()), nonce_size};
  }
};

token_box::token_box(const secret_key& links)
    : impl_{new impl{derive_key(links, "token cipher"), derive_key(links, "token nonce")}} {
  require(impl_->cipher != nullptr);
}

token_box::~token_box() = default;
token_box::token_box(token_box&&) noexcept = default;
token_box& token_box::operator=(token_box&&) noexcept = default;

std::string token_box::seal(const token_payload& payload) const {
  std::string plain = pack(payload);
  std::string out = impl_->nonce_of(plain);
  out.resize(nonce_size + plain.size() + tag_size);
  cipher_context context{EVP_CIPHER_CTX_new()};
  int n = 0;
  require(context != nullptr);
  require(EVP_EncryptInit_ex2(context.get(), impl_->cipher.get(), impl_->cipher_key.data(), bytes(out), nullptr) == 1);
  require(EVP_EncryptUpdate(context.get(), bytes(out) + nonce_size, &n, bytes(std::string_view{plain}),
                            static_cast<int>(plain.size())) == 1);
  require(EVP_EncryptFinal_ex(context.get(), bytes(out) + nonce_size + n, &n) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, bytes(out) + nonce_size + plain.size()) ==
          1);
  return base64url(out);
}

std::optional<token_payload> token_box::open(std::string_view token, token_purpose purpose) const {
  if (token.size() > limits::token_bytes_max) return std::nullopt;
  auto raw = from_base64url(token);
  if (!raw || raw->size() < nonce_size + tag_size) return std::nullopt;
  size_t size = raw->size() - nonce_size - tag_size;
  std::string plain(size, '\0');
  cipher_context context{EVP_CIPHER_CTX_new()};
  int n = 0;
  require(context != nullptr);
  require(EVP_DecryptInit_ex2(context.get(), impl_->cipher.get(), impl_->cipher_key.data(), bytes(*raw), nullptr) == 1);
  require(EVP_DecryptUpdate(context.get(), bytes(plain), &n, bytes(*raw) + nonce_size, static_cast<int>(size)) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, bytes(*raw) + nonce_size + size) == 1);
  if (EVP_DecryptFinal_ex(context.get(), bytes(plain) + n, &n) != 1) return std::nullopt;
  return unpack(plain, purpose);
}

}  // namespace cartwheel
