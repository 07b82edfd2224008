#pragma once

#include "transport/smtp/client_session.hpp"
#include "transport/smtp/counters.hpp"
#include "transport/smtp/limits.hpp"
#include "transport/smtp/mail_feed.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace cartwheel::smtp {

struct relay_options {
  std::string host = "127.0.0.1";
  uint16_t port = 25;
  size_t connections = 4;   // at most; see connection_target
  double rate = 0;          // mails a second over all connections, 0: as many as go; see relay_pace
  session_options session;  // of each connection
  std::string ca_file;      // PEM: who may vouch for the relay, instead of the system's authorities; for TLS
  std::chrono::milliseconds connect_timeout = limits::connect_timeout;
  std::chrono::milliseconds backoff_first = limits::backoff_first;
  std::chrono::milliseconds backoff_max = limits::backoff_max;
  std::chrono::milliseconds lock_step_time = limits::lock_step_time;
  std::chrono::milliseconds day_pause = limits::day_quota_pause;
  uint64_t seed = 0;                     // of backoff's jitter
  std::function<void()> health_changed;  // healthy() has; on the executor, may be empty
  std::function<void(const std::string&)>
    report;  // one line for each connection that did not end in order; may be empty
};

/// The connections to one relay: pulls mails from a feed as fast as the relay takes them.
///
/// How many connections, how fast, and whether at all is learned from the relay's replies: connection_target, relay_pace,
/// breaker. Each connection holds up to limits::mails_ahead_max mails, whose intents were written in batches before their
/// content is sent, and works through them; connections ask for batches together. A failure of the relay never fails a
/// mail: what was not offered goes back as `deferred`, and the next connection waits for a backoff.
///
/// Bounds: options.connections, at most limits::connections_max.
/// Runs on: its own executor, a strand on `io`. The feed is called there and nowhere else; the feed may call the pool
/// from within. `io` and `feed` outlive the pool.
class relay_pool {
 public:
  /// Errors: std::runtime_error that names options.ca_file when it cannot be read.
  relay_pool(boost::asio::io_context& io, relay_options options, mail_feed& feed);

  /// Closes all connections without QUIT and finishes what they held: in doubt if its final dot was sent, else deferred.
  /// Runs on: the executor, or anywhere while nobody runs `io`.
  ~relay_pool();

  relay_pool(const relay_pool&) = delete;
  relay_pool& operator=(const relay_pool&) = delete;

  /// The feed has a mail again. Without it, a pool whose pull() gave nothing does not ask again.
  /// Runs on: any thread.
  void wake();

  /// Takes a mail back. Unless too_late, finished(recalled) follows, after this call. A mail the pool does not hold (any
  /// more) is too_late.  Runs on: the executor (see post).  Cost: a look at each held mail, 16 per connection.
  recall_point recall(mail_id id);

  /// Ends in order: pulls nothing more, sends back what waits, finishes what is under way, QUITs; then `done`. With a
  /// wedged relay that takes until the final dot's timeout; destroy the pool to end sooner, then `done` is not called.
  /// Runs on: any thread; `done` on the executor.
  void drain(std::function<void()> done);

  /// Whether nothing speaks against it: it did not fail since it last worked, and is not paused. One that is not healthy
  /// still asks for a mail now and then, to find out.  Runs on: the executor.
  bool healthy() const;

  /// Runs `f` on the executor.  Runs on: any thread.
  void post(std::function<void()> f);

  /// Runs on: any thread.
  relay_stats stats() const;

 private:
  class state;
  std::shared_ptr<state> state_;
};

}  // namespace cartwheel::smtp
