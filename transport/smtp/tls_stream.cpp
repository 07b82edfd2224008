#include "transport/smtp/tls_stream.hpp"

#include "transport/smtp/limits.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace cartwheel::smtp {

/// A BIO over in_ and out_ of a stream. OpenSSL's own memory BIO would copy each byte once more in both directions and
/// clear all of its buffer whenever it has been emptied.
struct tls_stream::ciphertext_pipe {
  static tls_stream& of(BIO* b) { return *static_cast<tls_stream*>(BIO_get_data(b)); }

  static int write(BIO* b, const char* bytes, size_t length, size_t* written) {
    of(b).out_.append(bytes, length);
    *written = length;
    return 1;
  }

  static int read(BIO* b, char* to, size_t most, size_t* length) {
    auto& in = of(b).in_;
    BIO_clear_retry_flags(b);
    if (in.empty()) {
      BIO_set_retry_read(b);
      *length = 0;
      return 0;
    }
    *length = std::min(most, in.size());
    std::memcpy(to, in.data(), *length);
    in.remove_prefix(*length);
    return 1;
  }

  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

  static int create(BIO* b) {
    BIO_set_init(b, 1);
    return 1;
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext");
      if (m == nullptr) throw std::bad_alloc{};
      BIO_meth_set_write_ex(m, write);
      BIO_meth_set_read_ex(m, read);
      BIO_meth_set_ctrl(m, control);
      BIO_meth_set_create(m, create);
      return m;
    }();
    return made;
  }
};

namespace {

std::string one_line(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> to{BIO_new(BIO_s_mem()), &BIO_free};
  if (!to || X509_NAME_print_ex(to.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const auto length = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<size_t>(length)};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

void tls_stream::free_ssl::operator()(ssl_st* s) const { SSL_free(s); }

tls_stream::tls_stream(const tls_context& context, const std::string& host)
    : host_{host}, ssl_{SSL_new(context.get())} {
  ERR_clear_error();
  auto* pipe = BIO_new(ciphertext_pipe::method());
  if (!ssl_ || pipe == nullptr) {
    BIO_free(pipe);
    throw std::bad_alloc{};
  }
  BIO_set_data(pipe, this);
  SSL_set_bio(ssl_.get(), pipe, pipe);
  SSL_set_connect_state(ssl_.get());
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // An address has no SNI (RFC 6066 section 3) and must stand in the certificate as one.
  const bool named = is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1
                                      : SSL_set1_host(ssl_.get(), host.c_str()) == 1 &&
                                          SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1;
  if (named)
    shake_hands();
  else
    fail("no certificate can be for \"" + host + "\"");
}

tls_stream::~tls_stream() = default;

tls_stream::state tls_stream::receive(std::string_view ciphertext, std::string& plain) {
  in_ = ciphertext;
  if (state_ == state::handshake) shake_hands();
  if (state_ == state::open) read(plain);
  in_ = {};  // all of it was taken, or nothing behind the end has a meaning
  return state_;
}

void tls_stream::shake_hands() {
  ERR_clear_error();
  const auto result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = state::open;
    opened_ = true;
    return;
  }
  const auto error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return;
  auto why = refused_certificate();
  if (why.empty() && ERR_GET_REASON(ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER)
    why = "what the relay says is not TLS; is it a port for STARTTLS?";
  if (why.empty()) why = tls_complaint();
  ERR_clear_error();
  fail("no TLS: " + (why.empty() ? "the relay ended the handshake" : why));
}

void tls_stream::read(std::string& plain) {
  while (true) {
    // Straight to where it is wanted; a record is 16 KiB at most, a reply far less.
    constexpr size_t piece = 4096;
    const auto before = plain.size();
    plain.resize(before + piece);
    ERR_clear_error();
    size_t bytes = 0;
    const auto result = SSL_read_ex(ssl_.get(), plain.data() + before, piece, &bytes);
    plain.resize(before + bytes);
    if (result == 1) continue;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return;
      case SSL_ERROR_ZERO_RETURN: state_ = state::closed; return;
      default: fail("TLS failed: " + tls_complaint()); return;
    }
  }
}

size_t tls_stream::write(const std::array<std::string_view, 2>& plain) {
  if (state_ != state::open) return 0;
  const auto of_first = plain[0].substr(0, limits::tls_handed_over_bytes_max);
  const auto of_second = plain[1].substr(0, limits::tls_handed_over_bytes_max - of_first.size());
  auto record = of_first;
  if (of_first.empty()) {
    record = of_second;
  } else if (!of_second.empty()) {
    gathered_.assign(of_first).append(of_second);
    record = gathered_;
  }
  if (record.empty()) return 0;
  ERR_clear_error();
  size_t bytes = 0;
  // The pipe takes everything and renegotiation is off, so it is all or broken; and if it broke, who knows where.
  if (SSL_write_ex(ssl_.get(), record.data(), record.size(), &bytes) != 1) fail("TLS failed: " + tls_complaint());
  return record.size();
}

void tls_stream::sent(size_t bytes) {
  sent_ += bytes;
  if (sent_ < out_.size()) return;
  out_.clear();
  sent_ = 0;
}

void tls_stream::shut() {
  if (state_ != state::open && state_ != state::closed) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void tls_stream::fail(std::string why) {
  state_ = state::failed;
  error_ = std::move(why);
}

/// Why the certificate was not taken; empty when it was, or none came.
std::string tls_stream::refused_certificate() const {
  const auto verdict = SSL_get_verify_result(ssl_.get());
  if (verdict == X509_V_OK) return {};
  std::string why = "the relay's certificate is not accepted for " + host_ + ": ";
  return why + X509_verify_cert_error_string(verdict);
}

tls_details tls_stream::details() const {
  tls_details d;
  d.version = SSL_get_version(ssl_.get());
  d.cipher = SSL_get_cipher_name(ssl_.get());
  const auto* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return d;
  d.subject = one_line(X509_get_subject_name(certificate));
  d.issuer = one_line(X509_get_issuer_name(certificate));
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) == 1) d.days_left = days;
  return d;
}

}  // namespace cartwheel::smtp
