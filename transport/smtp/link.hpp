#pragma once

// Only for connection.cpp and relay_probe.cpp: it brings Asio along.

#include "transport/smtp/limits.hpp"
#include "transport/smtp/tls_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel::smtp {

/// A TCP connection to a relay, from some point on inside TLS: plaintext in and out, and at each moment it is known
/// how much of what is to be sent can no longer be taken back.
/// Runs on: one executor.
class link {
 public:
  using executor = boost::asio::strand<boost::asio::io_context::executor_type>;
  using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;

  explicit link(const executor& on) : socket_{on} {}

  /// To connect, wait and close with.
  socket& tcp() { return socket_; }

  /// The connection has been made. Errors: what makes it useless.
  boost::system::error_code begin();
  /// Is the peer this machine?
  bool loopback() const;
  /// This end's address as EHLO says it: "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3).
  std::string address_literal() const;

  /// From here on inside TLS.  Errors: a failed stream.
  void begin_tls(const tls_context& context, const std::string& host) { tls_.emplace(context, host); }
  /// Nothing before begin_tls().
  const tls_stream* tls() const { return tls_ ? &*tls_ : nullptr; }

  /// TLS has something for the peer that the socket has not taken: write, even if there is nothing to write.
  bool unsent() const { return tls_ && !tls_->output().empty(); }

  /// What a read brought; under TLS that may be nothing yet. Valid until the next call.
  std::string_view received(std::string_view bytes);

  struct progress {
    size_t bytes = 0;      // of the pieces: beyond recall
    bool blocked = false;  // wait until the socket takes more
    bool broken = false;   // it takes no more; the reader will find the reason, or TLS has failed
  };
  /// Writes with the socket's own non-blocking call, not with async_write: only so is it known at once what the kernel
  /// took. Under TLS what was encrypted counts as gone, whether or not the socket has taken it.
  progress write(const std::array<std::string_view, 2>& pieces);

  /// Ends at once: a last word of TLS if the socket takes it, no wait for the peer's.
  void close();

 private:
  progress write_tls(const std::array<std::string_view, 2>& pieces);
  /// Sends what is encrypted; `bytes` stays 0.
  progress flush();

  socket socket_;
  std::optional<tls_stream> tls_;
  std::string plain_;
};

/// Hands what a read brought to the session at this end: client_session, probe_session.
template <class Session>
void deliver(link& from, std::string_view bytes, Session& to, std::chrono::steady_clock::time_point now) {
  const auto* tls = from.tls();
  if (tls == nullptr) return to.receive(bytes, now);
  using state = tls_stream::state;
  const bool shook_hands = tls->now() == state::handshake;
  const auto plain = from.received(bytes);
  if (tls->now() == state::handshake) return;
  if (shook_hands && !tls->opened()) return to.not_secured(tls->error());
  // The server's first words may have come along with the end of the handshake.
  if (shook_hands) to.secured(now);
  if (!plain.empty()) to.receive(plain, now);
  if (tls->now() == state::failed) to.lost(tls->error(), now);
  if (tls->now() == state::closed) to.lost("closed by the relay", now);
}

}  // namespace cartwheel::smtp
