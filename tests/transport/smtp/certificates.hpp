#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace cartwheel::smtp::test {

/// A certificate and its key, made here: no test depends on a file that may have ended.
struct certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> signed_key;
};

struct certificate_wish {
  std::string name = "relay";
  std::string for_whom;  // "DNS:relay.example,IP:127.0.0.1"; empty: an authority
  long begins_in = -3600;
  long ends_in = 86400 * 30 + 3600;  // seconds
};

inline void must(bool ok) {
  if (!ok) throw std::runtime_error{"OpenSSL"};
}

/// Signed by `issuer`, or by itself.
inline certificate make_certificate(const certificate_wish& wish, const certificate* issuer = nullptr) {
  certificate made{{EVP_EC_gen("P-256"), EVP_PKEY_free}, {X509_new(), X509_free}};
  auto* x = made.signed_key.get();
  must(made.key && x);
  static long serial = 0;
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), wish.begins_in);
  X509_gmtime_adj(X509_getm_notAfter(x), wish.ends_in);
  X509_set_pubkey(x, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer->signed_key.get() : x));
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer ? issuer->signed_key.get() : x, x, nullptr, nullptr, 0);
  const auto extend = [&](int what, const std::string& text) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, text.c_str());
    must(extension != nullptr && X509_add_ext(x, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, wish.for_whom.empty() ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (wish.for_whom.empty()) extend(NID_key_usage, "critical,keyCertSign");
  if (!wish.for_whom.empty()) extend(NID_subject_alt_name, wish.for_whom);
  must(X509_sign(x, (issuer ? issuer->key : made.key).get(), EVP_sha256()) != 0);
  return made;
}

inline std::string pem_of(const certificate& c) {
  std::unique_ptr<BIO, decltype(&BIO_free)> to{BIO_new(BIO_s_mem()), &BIO_free};
  must(PEM_write_bio_X509(to.get(), c.signed_key.get()) == 1);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<size_t>(length)};
}

}  // namespace cartwheel::smtp::test
