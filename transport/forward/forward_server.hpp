#pragma once

#include "transport/forward/forward_handler.hpp"
#include "transport/forward/limits.hpp"
#include "transport/forward/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace cartwheel::forward {

/// Where to listen and within which bounds; the defaults of the bounds are the ones of limits.hpp.
struct server_options {
  std::string host = "127.0.0.1";  // an IP address, or a name that means exactly one machine ("localhost")
  uint16_t port = 24224;           // 0: the system chooses
  bool insecure = false;           // allows a host beyond loopback; there is neither shared key nor TLS yet

  size_t message_bytes_max = limits::message_bytes_max;
  size_t decompressed_bytes_max = limits::decompressed_bytes_max;
  size_t unacked_bytes_per_connection_max = limits::unacked_bytes_per_connection_max;
  size_t unacked_chunks_per_connection_max = limits::unacked_chunks_per_connection_max;
  size_t unacked_bytes_max = limits::unacked_bytes_max;
  size_t ack_buffer_bytes_max = limits::ack_buffer_bytes_max;
  size_t connections_max = limits::connections_max;
  std::chrono::milliseconds stalled_after = limits::stalled_after;
  std::chrono::milliseconds linger_max = limits::linger_max;
  std::chrono::milliseconds stop_grace = limits::stop_grace;
  int send_buffer_bytes = 0;  // of the sockets; 0: the system's choice

  /// Told once for each connection that is closed before its peer wanted it; for the log. Runs on: an io thread.
  std::function<void(std::string_view peer, close_reason, std::string_view what)> on_refused;
};

/// A Fluent Forward server: reads chunks, hands them to the handler, acknowledges them in order once they are accepted.
/// Backpressure: a connection is not read while paused, while its own unaccepted chunks reach their bounds, or while all
/// connections' together do; nothing is dropped, senders wait.
/// Errors: the constructor throws std::invalid_argument naming `forward.listen` for a host it may not or cannot listen on,
/// std::system_error when the address is taken. After that every trouble ends one connection and is counted.
/// Runs on: the io_context's threads, one strand per connection; the handler is called there, and must only queue.
/// Several threads may run the io_context. All functions may be called from any thread.
/// Lifetime: destroy it before the io_context, and while no other thread runs that (or from the one that does); the
/// `accepted` functions handed out may be called later all the same and then do nothing.
class forward_server {
 public:
  forward_server(boost::asio::io_context& io, server_options options, chunk_handler handler);
  ~forward_server();
  forward_server(const forward_server&) = delete;
  forward_server& operator=(const forward_server&) = delete;

  uint16_t port() const;

  /// Stops or resumes reading. At most one read buffer per connection is under way and waits, unparsed.
  void pause(bool on);

  /// Stops listening and reading; acks still due are written as their chunks are accepted, for server_options::stop_grace
  /// at most, then the connections are closed and the io_context has nothing left to do.
  void stop();

  const counters& metrics() const;
  /// Bytes handed to the handler and not accepted yet.
  size_t unacked_bytes() const;

 private:
  struct implementation;
  std::shared_ptr<implementation> self_;
};

}  // namespace cartwheel::forward
