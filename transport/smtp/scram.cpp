#include "transport/smtp/scram.hpp"

#include "transport/smtp/base64.hpp"
#include "transport/smtp/limits.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cartwheel::smtp::sasl {

namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
std::string_view text_of(const digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

digest hmac(const digest& key, std::string_view text) {
  digest out{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(), nullptr);
  return out;
}

/// Takes `name=value` off the front of a comma-separated list; nothing when another name stands there.
std::optional<std::string_view> attribute(std::string_view& list, char name) {
  if (list.size() < 2 || list[0] != name || list[1] != '=') return std::nullopt;
  const auto end = std::min(list.find(','), list.size());
  const auto value = list.substr(2, end - 2);
  list.remove_prefix(std::min(end + 1, list.size()));
  return value;
}

/// ',' and '=' stand for something else in a list (RFC 5802 section 5.1).
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',')
      out += "=2C";
    else if (c == '=')
      out += "=3D";
    else
      out += c;
  }
  return out;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
}

}  // namespace

scram_sha_256::scram_sha_256(credentials who, std::string nonce) : who_{std::move(who)}, nonce_{std::move(nonce)} {}

scram_sha_256::~scram_sha_256() { OPENSSL_cleanse(who_.password.data(), who_.password.size()); }

step scram_sha_256::fail(std::string why) {
  at_ = at::failed;
  return {std::nullopt, std::move(why)};
}

step scram_sha_256::begin() {
  const auto user = prepared(who_.user, false);
  if (!user || user->empty()) return fail("the user's name has characters that SASLprep (RFC 4013) prohibits");
  client_first_bare_ = "n=" + escaped(*user) + ",r=" + nonce_;
  at_ = at::first;
  return {"n,," + client_first_bare_, {}};
}

step scram_sha_256::on_challenge(std::string_view challenge) {
  switch (at_) {
    case at::first: return on_first(challenge);
    case at::final: return on_final(challenge);
    default: return fail("the relay asks on when SCRAM-SHA-256 is over");
  }
}

step scram_sha_256::on_first(std::string_view server_first) {
  auto rest = server_first;
  if (rest.starts_with("m=")) return fail("the relay demands an extension of SCRAM that is not known");
  const auto nonce = attribute(rest, 'r');
  const auto salt_text = attribute(rest, 's');
  const auto count = attribute(rest, 'i');
  if (!nonce || !salt_text || !count) return fail("the relay's first SCRAM message is none");
  // A nonce that is only ours, or not ours at all, is an old exchange played back.
  if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size() || !printable(*nonce))
    return fail("the relay's SCRAM nonce does not continue ours");
  const auto salt = from_base64(*salt_text);
  if (!salt || salt->empty()) return fail("the relay's SCRAM salt is not base64");
  uint32_t iterations = 0;
  const auto [end, error] = std::from_chars(count->data(), count->data() + count->size(), iterations);
  if (error != std::errc{} || end != count->data() + count->size() || iterations < limits::scram_iterations_min ||
      iterations > limits::scram_iterations_max)
    return fail("the relay's SCRAM iteration count is not within " + std::to_string(limits::scram_iterations_min) +
                " and " + std::to_string(limits::scram_iterations_max));
  auto password = prepared(who_.password, true);
  if (!password || password->empty()) return fail("the password has characters that SASLprep (RFC 4013) prohibits");

  // RFC 5802 section 3, in its names.
  digest salted_password{};
  const bool derived = PKCS5_PBKDF2_HMAC(password->data(), static_cast<int>(password->size()), bytes_of(*salt),
                                         static_cast<int>(salt->size()), static_cast<int>(iterations), EVP_sha256(),
                                         static_cast<int>(salted_password.size()), salted_password.data()) == 1;
  OPENSSL_cleanse(password->data(), password->size());
  if (!derived) return fail("PBKDF2 failed");
  const auto client_key = hmac(salted_password, "Client Key");
  digest stored_key{};
  SHA256(client_key.data(), client_key.size(), stored_key.data());
  const auto without_proof = "c=biws,r=" + std::string{*nonce};  // "biws": base64 of "n,,"
  const auto auth_message = client_first_bare_ + ',' + std::string{server_first} + ',' + without_proof;
  auto proof = hmac(stored_key, auth_message);
  for (size_t i = 0; i < proof.size(); ++i) proof[i] ^= client_key[i];
  server_signature_ = text_of(hmac(hmac(salted_password, "Server Key"), auth_message));
  OPENSSL_cleanse(salted_password.data(), salted_password.size());
  at_ = at::final;
  return {without_proof + ",p=" + base64(text_of(proof)), {}};
}

step scram_sha_256::on_final(std::string_view server_final) {
  auto rest = server_final;
  if (rest.starts_with("e=")) return fail("the relay refuses the SCRAM proof");
  const auto signature_text = attribute(rest, 'v');
  const auto signature = signature_text ? from_base64(*signature_text) : std::nullopt;
  if (!signature || signature->size() != server_signature_.size() ||
      CRYPTO_memcmp(signature->data(), server_signature_.data(), server_signature_.size()) != 0)
    return fail("the relay cannot prove that it knows the password: it is not who it should be");
  at_ = at::proven;
  return {std::string{}, {}};
}

}  // namespace cartwheel::smtp::sasl
