#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

namespace cartwheel::test {

struct free_key {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
using test_key = std::unique_ptr<EVP_PKEY, free_key>;

/// A new key; of 2048 bits it takes a tenth of a second.
inline test_key rsa_key(unsigned bits = 2048) { return test_key{EVP_RSA_gen(bits)}; }
inline test_key ed25519_key() { return test_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}; }

/// Writes it as OpenSSL's tools do, for its owner only.
inline std::string write_key(const std::filesystem::path& file, const test_key& key, const char* password = nullptr) {
  auto* out = std::fopen(file.c_str(), "w");
  if (out == nullptr) throw std::runtime_error{"cannot write " + file.string()};
  ::chmod(file.c_str(), 0600);
  const int ok = PEM_write_PrivateKey(out, key.get(), password == nullptr ? nullptr : EVP_aes_256_cbc(), nullptr, 0,
                                      nullptr, const_cast<char*>(password));
  std::fclose(out);
  if (key == nullptr || ok != 1) throw std::runtime_error{"OpenSSL: no key was written"};
  return file.string();
}

}  // namespace cartwheel::test
