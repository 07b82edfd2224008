#pragma once

#include "runtime/base/buffer.hpp"
#include "transport/forward/errc.hpp"
#include "transport/forward/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace boost::asio {
class io_context;
}

namespace cartwheel::forward {

struct client_options {
  std::string host = "127.0.0.1";
  uint16_t port = 24224;
  size_t window = limits::client_window_default;  // chunks under way without an ack, 1..limits::client_window_max
  std::chrono::milliseconds ack_timeout = limits::ack_timeout_default;
};

/// A chunk on its way out, already encoded (pack_chunk). `chunk_id` is the one in its options; empty: no ack is awaited.
struct outgoing {
  slice bytes;
  std::string chunk_id;
};

/// What a client asks and tells. All are called on an io thread, one at a time.
struct client_callbacks {
  /// The next chunk, asked for when the window has room; nothing when there is none now (then wake() is called later).
  std::function<std::optional<outgoing>()> next;
  /// A chunk was acknowledged, in the order sent. Units: from its being handed to the socket to its ack's being read.
  std::function<void(const std::string& chunk_id, std::chrono::nanoseconds latency)> acked;
  /// The connection is over, told once: without error after finish() or stop(); else what happened, in words too.
  std::function<void(std::error_code, const std::string& what)> ended;
};

/// One connection to a Forward server that keeps a window of chunks unacknowledged.
/// Bounds: options.window.  Errors: the constructor throws std::invalid_argument for a window out of range; everything else
/// is told by `ended`. It does not connect again: who sends events decides what to send twice.
/// Runs on: a strand of the io_context.  All functions may be called from any thread.
class forward_client {
 public:
  forward_client(boost::asio::io_context& io, client_options options, client_callbacks callbacks);
  /// Ends like stop(), without telling `ended`.
  ~forward_client();
  forward_client(const forward_client&) = delete;
  forward_client& operator=(const forward_client&) = delete;

  void start();
  /// `next` has something again.
  void wake();
  /// Nothing will be asked for any more; the connection ends when all that was sent is acknowledged.
  void finish();
  void stop();

 private:
  struct implementation;
  std::shared_ptr<implementation> self_;
};

}  // namespace cartwheel::forward
