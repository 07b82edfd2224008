#pragma once

#include "transport/smtp/tls_context.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace cartwheel::smtp {

/// What was agreed in a handshake, for a person to read.
struct tls_details {
  std::string version;  // "TLSv1.3"
  std::string cipher;
  std::string subject;    // of the server's certificate
  std::string issuer;     // likewise
  int64_t days_left = 0;  // until it ends, rounded down
};

/// TLS without a socket, as a client: ciphertext in and out, plaintext in and out. It begins with its first message
/// in output().
///
/// What write() has taken can no longer be taken back: it may be with the peer by the next sent(). So its caller hands
/// over nothing while output() has something, and what is beyond recall is one record, and known.
///
/// Bounds: limits::tls_handed_over_bytes_max at a time.  Runs on: one executor; no call blocks.
/// Source: RFC 8446, 5246; names by RFC 6125.
class tls_stream {
 public:
  enum class state : uint8_t {
    handshake,
    open,
    closed,  // by the peer, in order
    failed,  // error() says why
  };

  /// `host`: the name, or address, that the certificate must be for.
  tls_stream(const tls_context& context, const std::string& host);
  ~tls_stream();
  tls_stream(const tls_stream&) = delete;
  tls_stream& operator=(const tls_stream&) = delete;

  /// Ciphertext came; what it holds is appended to `plain`.
  state receive(std::string_view ciphertext, std::string& plain);

  /// Encrypts the beginning of these pieces into one record and returns how many bytes that were, whether or not it has
  /// failed over them; 0 unless open.
  size_t write(const std::array<std::string_view, 2>& plain);

  /// Ciphertext to send. Valid until the next call that changes the stream.
  std::string_view output() const { return std::string_view{out_}.substr(sent_); }
  /// The first `bytes` of output() are on their way.
  void sent(size_t bytes);

  /// Says that nothing more will come, once, if open.
  void shut();

  state now() const { return state_; }
  const std::string& error() const { return error_; }
  /// It is open, or has been.
  bool opened() const { return opened_; }
  /// Once opened.
  tls_details details() const;

 private:
  struct ciphertext_pipe;
  struct free_ssl {
    void operator()(ssl_st* s) const;
  };

  void shake_hands();
  void read(std::string& plain);
  void fail(std::string why);
  std::string refused_certificate() const;

  std::string host_;
  std::string_view in_;  // not read yet; within receive() only
  std::string out_;
  size_t sent_ = 0;
  std::string gathered_;
  state state_ = state::handshake;
  bool opened_ = false;
  std::string error_;
  std::unique_ptr<ssl_st, free_ssl> ssl_;  // last: it points to the above
};

}  // namespace cartwheel::smtp
