#include "actors/content/secret_key.hpp"

#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cartwheel {

std::array<uint8_t, 32> keyed_digest(const secret_key& key, std::initializer_list<std::string_view> texts) {
  std::string message;
  for (std::string_view text : texts) {
    for (int shift = 0; shift < 64; shift += 8) message += static_cast<char>(uint64_t{text.size()} >> shift & 255);
    message += text;
  }
  std::array<uint8_t, 32> out{};
  unsigned length = 0;
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(), &length);
  // Only a broken or starved OpenSSL refuses; a mail or link under a wrong digest must not leave then.
  if (done == nullptr || length != out.size()) throw std::runtime_error{"OpenSSL: HMAC-SHA256 failed"};
  return out;
}

secret_key derive_key(const secret_key& key, std::string_view purpose) { return keyed_digest(key, {purpose}); }

}  // namespace cartwheel
