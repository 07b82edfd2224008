#pragma once

#include "transport/forward/ack_mailbox.hpp"
#include "transport/forward/ack_queue.hpp"
#include "transport/forward/forward_parser.hpp"
#include "transport/forward/forward_server.hpp"
#include "transport/forward/intake.hpp"
#include "transport/listen.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace cartwheel::forward {

using transport::io_strand;
using transport::strand_timer;
using transport::tcp_socket;

class connection;

/// What the connections of one server share.
struct server_share {
  server_share(server_options o, chunk_handler h)
      : options{std::move(o)},
        handler{std::move(h)},
        admission{std::make_shared<intake>(options.unacked_bytes_max, options.unacked_bytes_max / 4 * 3)} {}

  const server_options options;
  const chunk_handler handler;
  counters metrics;
  const std::shared_ptr<intake> admission;  // tickets hold it, too
  const std::shared_ptr<buffer_pool> buffers =
    std::make_shared<buffer_pool>(limits::read_buffer_bytes_large, limits::read_buffers_kept_max);
  std::atomic<bool> dead{false};  // the server is gone: the handler must not be called any more

  // Keeps them alive: a connection that is held up by a budget has no operation under way that would.
  std::mutex mutex;
  std::unordered_map<connection*, std::shared_ptr<connection>> open;
  std::function<void()> emptied;  // called under the mutex when the last one has gone; must only post
};

/// One sender. Two activities share the strand: reading, which the budgets, pause() and the end of the stream hold up, and
/// answering, which goes on whatever reading does. The life of a connection is
///   reading -> finishing (acks still due, nothing more is read) -> lingering (our side closed) -> closed
/// and only ever goes forward.
class connection : public std::enable_shared_from_this<connection> {
 public:
  using steady = std::chrono::steady_clock;

  connection(std::shared_ptr<server_share> share, tcp_socket socket);
  ~connection();

  void start();
  /// Reads no more; closes when what is due has been answered. Runs on: any thread, like look().
  void stop(steady::time_point give_up);
  /// Looks for peers that hang.
  void look(steady::time_point now);
  /// Nobody wakes this connection from other threads any more.
  void detach() { mailbox_->detach(); }

 private:
  enum class phase : uint8_t { reading, finishing, lingering, closed };
  /// Who will read next: nobody (a budget or pause() stopped it, woken() starts it again), the socket, our own post. One of
  /// them at a time, or each wake-up under load would add one more.
  enum class reading : uint8_t { stopped, waiting, posted };

  void read();
  void wait_readable();
  bool parse();
  void hand_over(message m);
  bool may_take_more();
  void woken();
  void answer();
  void finish(close_reason reason, std::string what = {});
  void close_if_finished();
  void swallow();
  void close();
  bool hangs_in_message() const { return !parser_.at_boundary() && reading_ == reading::waiting; }

  std::shared_ptr<server_share> share_;
  tcp_socket socket_;
  strand_timer linger_;
  std::shared_ptr<ack_mailbox> mailbox_;
  forward_parser parser_;
  ack_queue due_;
  phase phase_ = phase::reading;
  close_reason reason_ = close_reason::peer_closed;
  bool peer_done_ = false;
  reading reading_ = reading::stopped;
  std::string peer_;
  std::string acks_;     // due, behind what is being written
  std::string writing_;  // not empty: under way
  steady::time_point last_read_;
  steady::time_point last_write_;
  steady::time_point give_up_ = steady::time_point::max();
  std::vector<ack_mailbox::settled> news_;
  std::vector<char> scratch_;
};

}  // namespace cartwheel::forward
