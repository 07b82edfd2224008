#pragma once

#include "tests/support/smtp_drive/options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <iosfwd>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace cartwheel::smtp_drive {

/// Feeds a pool as the mailer does, and watches that the pool keeps the feed's contract.  Runs on: one thread, all of it.
class driven_feed final : public smtp::mail_feed {
 public:
  /// Errors: std::runtime_error when the file of mails cannot be read.
  driven_feed(boost::asio::io_context& io, const options& o);

  /// Begins; `done` when every mail has its end.
  void start(smtp::relay_pool& pool, std::function<void()> done);
  /// Gives no more mails out.
  void stop();

  /// A line a mail.
  void report(std::ostream& out) const;
  /// What the pool did against its contract.
  const std::vector<std::string>& broken() const { return broken_; }

  std::optional<smtp::mail> pull() override;
  void write_intents(const std::vector<smtp::mail_id>& ids, std::function<void()> durable) override;
  bool may_send_content(smtp::mail_id id) override;
  void finished(const smtp::outcome& o) override;

 private:
  enum class place : uint8_t { waits, held, ended };
  enum class moment : uint8_t { never, before_pull, gate_says_no, recall_at_gate, behind_gate, after_pull };

  struct entry {
    std::string sender, recipient, content;
    place where = place::waits;
    moment cancel = moment::never;
    uint32_t gate = 1;   // which of its gates; a mail that leaves in pieces has a second, before its dot
    uint32_t gates = 0;  // that it came to
    bool durable = false;
    std::string cancelled;  // where the cancellation caught it; empty: none came, or too late
    bool too_late = false;
    uint32_t tries = 0;
    std::optional<smtp::outcome> last;
  };

  size_t index_of(smtp::mail_id id) const { return static_cast<size_t>(id) - 1; }
  std::string message_id(size_t i) const;
  std::string content_of(size_t i) const;
  void cancel(size_t i);
  void end(entry& e);
  void tick();
  void blame(size_t i, std::string_view what);

  boost::asio::io_context& io_;
  const options& how_;
  smtp::relay_pool* pool_ = nullptr;
  std::function<void()> done_;
  boost::asio::steady_timer ticker_;
  std::mt19937_64 dice_;
  std::vector<entry> mails_;
  std::deque<size_t> waiting_;
  double due_ = 0;  // mails that the rate has let go, and that as a whole number
  size_t released_ = 0;
  size_t pulled_ = 0;
  size_t ended_ = 0;
  bool stopped_ = false;
  std::vector<std::string> broken_;
};

}  // namespace cartwheel::smtp_drive
