#include "transport/smtp/sasl.hpp"

#include "transport/smtp/base64.hpp"
#include "transport/smtp/limits.hpp"
#include "transport/smtp/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cartwheel::smtp::sasl {

namespace {

constexpr std::array strongest_first{mechanism::scram_sha_256, mechanism::xoauth2, mechanism::plain, mechanism::login};

mechanism fixed(choice c) {
  switch (c) {
    case choice::xoauth2: return mechanism::xoauth2;
    case choice::plain: return mechanism::plain;
    case choice::login: return mechanism::login;
    case choice::automatic:
    case choice::scram_sha_256: break;
  }
  return mechanism::scram_sha_256;
}

bool has_what(mechanism m, const credentials& who) {
  return m == mechanism::xoauth2 ? !who.token.empty() : !who.password.empty();
}

/// Erases what it held when it ends. What the allocator moved meanwhile it cannot reach; this is for core files and
/// heap reuse, not against somebody inside the process.
struct secret {
  credentials who;
  explicit secret(credentials c) : who{std::move(c)} {}
  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;
  ~secret() {
    OPENSSL_cleanse(who.password.data(), who.password.size());
    OPENSSL_cleanse(who.token.data(), who.token.size());
  }
};

step over(mechanism m) { return {std::nullopt, "the relay asks on when " + std::string{name_of(m)} + " is over"}; }

/// RFC 4616: everything goes along with AUTH.
class plain final : public exchange {
 public:
  explicit plain(credentials who) : secret_{std::move(who)} {}
  step begin() override {
    if (secret_.who.user.find('\0') != std::string::npos || secret_.who.password.find('\0') != std::string::npos)
      return {std::nullopt, "PLAIN takes no user or password with a NUL in it"};
    begun_ = true;
    std::string message(1, '\0');  // no other identity than the user's own
    message.append(secret_.who.user).append(1, '\0').append(secret_.who.password);
    return {std::move(message), {}};
  }
  step on_challenge(std::string_view) override { return over(mechanism::plain); }
  bool complete() const override { return begun_; }

 private:
  secret secret_;
  bool begun_ = false;
};

/// Two prompts, whose texts differ from server to server and mean nothing: first the user, then the password.
/// Source: draft-murchison-sasl-login.
class login final : public exchange {
 public:
  explicit login(credentials who) : secret_{std::move(who)} {}
  step begin() override { return {}; }
  step on_challenge(std::string_view) override {
    switch (asked_++) {
      case 0: return {secret_.who.user, {}};
      case 1: return {secret_.who.password, {}};
      default: return over(mechanism::login);
    }
  }
  bool complete() const override { return asked_ == 2; }

 private:
  secret secret_;
  int asked_ = 0;
};

/// A bearer token. A refusal comes as a challenge with a text in JSON, which wants an empty response before the server
/// says its 535. Source: developers.google.com/gmail/imap/xoauth2-protocol, the same at Microsoft.
class xoauth2 final : public exchange {
 public:
  explicit xoauth2(credentials who) : secret_{std::move(who)} {}
  step begin() override {
    const auto separator = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (std::any_of(secret_.who.user.begin(), secret_.who.user.end(), separator) ||
        std::any_of(secret_.who.token.begin(), secret_.who.token.end(), separator))
      return {std::nullopt, "XOAUTH2 takes no user or token with control characters in it"};
    begun_ = true;
    return {"user=" + secret_.who.user + "\1auth=Bearer " + secret_.who.token + "\1\1", {}};
  }
  step on_challenge(std::string_view) override {
    if (std::exchange(refused_, true)) return over(mechanism::xoauth2);
    return {std::string{}, {}};
  }
  bool complete() const override { return begun_ && !refused_; }

 private:
  secret secret_;
  bool begun_ = false;
  bool refused_ = false;
};

}  // namespace

std::string_view name_of(mechanism m) {
  switch (m) {
    case mechanism::scram_sha_256: return "SCRAM-SHA-256";
    case mechanism::xoauth2: return "XOAUTH2";
    case mechanism::plain: return "PLAIN";
    case mechanism::login: return "LOGIN";
  }
  return {};
}

selection select(choice wanted, const std::vector<std::string>& offered, const credentials& who, bool confidential) {
  if (offered.empty()) return {std::nullopt, "the relay offers no login (AUTH), and credentials are configured"};
  std::string all;
  for (const auto& name : offered) all.append(all.empty() ? "" : " ").append(name);
  const auto is_offered = [&](mechanism m) {
    return std::find(offered.begin(), offered.end(), name_of(m)) != offered.end();
  };
  bool in_the_open = false;
  for (const auto m : strongest_first) {
    if (wanted != choice::automatic && m != fixed(wanted)) continue;
    if (!is_offered(m) || !has_what(m, who)) continue;
    if (m == mechanism::scram_sha_256 || confidential) return {m, {}};
    in_the_open = true;
  }
  if (in_the_open)
    return {std::nullopt, "the relay's ways to log in (AUTH " + all +
                            ") would show the credentials to the network: they are used over TLS or loopback only"};
  if (wanted != choice::automatic && !is_offered(fixed(wanted)))
    return {std::nullopt, "the relay does not offer AUTH " + std::string{name_of(fixed(wanted))} + ", only " + all};
  return {std::nullopt, "the relay offers AUTH " + all + ", none of which can be used with the credentials configured"};
}

std::unique_ptr<exchange> start(mechanism m, credentials who, std::string nonce) {
  switch (m) {
    case mechanism::scram_sha_256: return std::make_unique<scram_sha_256>(std::move(who), std::move(nonce));
    case mechanism::xoauth2: return std::make_unique<xoauth2>(std::move(who));
    case mechanism::plain: return std::make_unique<plain>(std::move(who));
    case mechanism::login: break;
  }
  return std::make_unique<login>(std::move(who));
}

std::string random_nonce() {
  std::array<unsigned char, 24> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<std::string> prepared(std::string_view text, bool stored) {
  if (text.size() > limits::credential_bytes_max) return std::nullopt;
  UErrorCode failed = U_ZERO_ERROR;
  // Read-only once open, and asked for at each login only: one for the process.
  static UStringPrepProfile* const profile = [] {
    UErrorCode not_there = U_ZERO_ERROR;
    auto* p = usprep_openByType(USPREP_RFC4013_SASLPREP, &not_there);
    return U_FAILURE(not_there) != 0 ? nullptr : p;
  }();
  if (profile == nullptr) return std::nullopt;  // an ICU without its data
  std::u16string wide(text.size() + 1, u'\0');
  int32_t length = 0;
  u_strFromUTF8(wide.data(), static_cast<int32_t>(wide.size()), &length, text.data(), static_cast<int32_t>(text.size()),
                &failed);
  if (U_FAILURE(failed) != 0) return std::nullopt;
  // Compatibility forms grow: U+FDFA becomes 18 letters.
  std::u16string done(wide.size() * 18, u'\0');
  const auto prepared_length =
    usprep_prepare(profile, wide.data(), length, done.data(), static_cast<int32_t>(done.size()),
                   stored ? USPREP_DEFAULT : USPREP_ALLOW_UNASSIGNED, nullptr, &failed);
  if (U_FAILURE(failed) != 0) return std::nullopt;
  std::string out(static_cast<size_t>(prepared_length) * 3 + 1, '\0');
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &length, done.data(), prepared_length, &failed);
  OPENSSL_cleanse(wide.data(), wide.size() * sizeof wide[0]);
  OPENSSL_cleanse(done.data(), done.size() * sizeof done[0]);
  if (U_FAILURE(failed) != 0) return std::nullopt;
  out.resize(static_cast<size_t>(length));
  return out;
}

}  // namespace cartwheel::smtp::sasl
