#include "transport/smtp/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdexcept>

namespace cartwheel::smtp {

void tls_context::free_context::operator()(ssl_ctx_st* c) const { SSL_CTX_free(c); }

tls_context::tls_context(const std::string& ca_file) : context_{SSL_CTX_new(TLS_client_method())} {
  ERR_clear_error();
  if (!context_ || SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION) != 1)
    throw std::runtime_error{"TLS: " + tls_complaint()};
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  // A renegotiation would let the server stop us in the middle of a flight; TLS 1.3 has none.
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  // An idle connection needs no buffers of 16 KiB each way.
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context_.get()) != 1)
      throw std::runtime_error{"the system's certificates: " + tls_complaint()};
  } else if (SSL_CTX_load_verify_file(context_.get(), ca_file.c_str()) != 1) {
    throw std::runtime_error{ca_file + ": no certificates can be read: " + tls_complaint()};
  } else {
    // What stands in that file is trusted as it stands, be it an authority, one below it, or the relay's own.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_.get()), X509_V_FLAG_PARTIAL_CHAIN);
  }
  ERR_clear_error();
}

std::string tls_complaint() {
  const auto code = ERR_peek_error();
  ERR_clear_error();
  if (code == 0) return {};
  // The system's errors have no text in OpenSSL's tables.
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const auto* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

}  // namespace cartwheel::smtp
