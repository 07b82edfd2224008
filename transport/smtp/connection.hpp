#pragma once

// Only for relay_pool.cpp and connection.cpp: it brings Asio along.

#include "transport/smtp/client_session.hpp"
#include "transport/smtp/counters.hpp"
#include "transport/smtp/limits.hpp"
#include "transport/smtp/link.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cartwheel::smtp {

class connection;

/// What a connection needs of its pool. Calls come on the pool's executor.
class connection_owner {
 public:
  virtual mail_feed& feed() = 0;
  virtual relay_counters& counters() = 0;
  /// Asked only if the session's options want TLS.
  virtual const tls_context& tls() = 0;
  /// Whether to ask the feed for mails.
  virtual bool pulling() = 0;
  /// The feed had nothing.
  virtual void ran_dry() = 0;
  /// A mail was pulled.
  virtual void pulled() = 0;
  /// This connection needed mails and has written their intents: others may join.
  virtual void top_up() = 0;
  virtual void on_ready() = 0;
  virtual void on_outcome(const connection& c, const outcome& o) = 0;
  /// The last call of this connection.
  virtual void on_end(const std::shared_ptr<connection>& c, const session_end& end) = 0;

 protected:
  ~connection_owner() = default;
};

/// One connection to a relay: moves bytes and times between a link and a client_session, mails and outcomes between that
/// and the feed.
/// Reads and writes at once, always: a relay may hold its replies back until we stop sending, and stop reading until we
/// take its replies.
class connection : public std::enable_shared_from_this<connection> {
 public:
  using executor = link::executor;
  using time_point = client_session::time_point;

  connection(const executor& on, session_options options, connection_owner& owner);

  void start(const std::string& host, uint16_t port, std::chrono::milliseconds timeout);
  /// Moves whatever can be moved. Called again from within, by way of the feed, it does so when the outer call is done.
  void pump();
  /// Pulls a batch if there is room for a good part of one.
  void top_up();
  std::optional<recall_point> recall(mail_id id);
  void stop();
  /// Closes at once; the owner hears only of the outcomes.
  void abandon(std::string_view why);

  bool ready() const { return was_ready_; }
  /// It was opened to find out whether the relay works again.
  bool is_trial() const { return options_.trial; }
  uint64_t judged() const { return session_ ? session_->judged() : 0; }

 private:
  using tcp = boost::asio::ip::tcp;

  void connect(const tcp::resolver::results_type& endpoints);
  void connect_failed(std::string why);
  void connected();
  void read();
  void begin_tls();
  void acknowledge();
  bool write();
  bool refill();
  bool pull_batch(size_t room_min);
  void deliver();
  void wait_writable();
  void watch_deadline();
  void count_state();
  void end(const session_end& how);

  executor on_;
  session_options options_;
  connection_owner* owner_;
  link link_;
  std::string host_;  // as configured: what the certificate must be for
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    executor>
    timer_;
  boost::asio::ip::basic_resolver<tcp, executor> resolver_;
  std::optional<client_session> session_;  // from being connected on
  std::array<char, limits::read_bytes> read_buffer_;
  std::vector<outcome> outcomes_;
  std::optional<time_point> armed_;  // what timer_ waits for
  std::optional<connection_state> counted_;
  uint64_t counted_round_trips_ = 0;
  bool write_waits_ = false;   // for the socket to take more, or for the executor's next turn
  bool intents_wait_ = false;  // a batch is being made durable
  bool pumping_ = false;
  bool pump_again_ = false;
  bool was_ready_ = false;
  bool over_ = false;
};

}  // namespace cartwheel::smtp
