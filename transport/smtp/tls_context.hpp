#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace cartwheel::smtp {

/// What all TLS connections to one relay share: the protocol's bounds and the authorities that are trusted. TLS 1.2 at
/// least; a server must prove its name by a certificate of one of these authorities. There is no way to switch that off:
/// for a relay with a certificate of its own that certificate is the `ca_file`.
/// Cost: the system's store is some 140 authorities, read once.
/// Source: RFC 8314 section 4, 9325.
class tls_context {
 public:
  /// `ca_file`: PEM, instead of the system's store; empty: the system's.
  /// Errors: std::runtime_error that names the file.
  explicit tls_context(const std::string& ca_file);

  ssl_ctx_st* get() const { return context_.get(); }

 private:
  struct free_context {
    void operator()(ssl_ctx_st* c) const;
  };
  std::unique_ptr<ssl_ctx_st, free_context> context_;
};

/// What OpenSSL has to complain about: the oldest, which led to the others. Its queue is empty after this. Empty when it
/// has none.
std::string tls_complaint();

}  // namespace cartwheel::smtp
