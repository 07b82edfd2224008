#pragma once

#include "actors/mailer/mail_queue.hpp"
#include "actors/mailer/maildir.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace cartwheel {

/// Delivers the mails of a queue to a Maildir, in batches of limits::maildir_batch_max: pulled, their intents written
/// ahead, and when these are durable asked for at the hard gate and delivered; meanwhile the next batch's intents are
/// being written. Where the Maildir fails (disk full, folder gone), mails go back to the queue and it pauses.
/// Runs on: the mailer's thread, which a delivery blocks: 16 small files and their syncs.
class maildir_outlet {
 public:
  struct callbacks {
    /// Writes intents of mails pulled, then calls back on the mailer's thread; false: the log is broken.
    std::function<void(const std::vector<smtp::mail_id>&, std::function<void(bool)>)> write_intents;
    std::function<void()> changed;  // the queue has something for the log, or room
  };

  /// `box` is open. `queue`, `metrics` and `clock` outlive it, and it outlives what it asked write_intents for.
  maildir_outlet(boost::asio::io_context& io, maildir box, mail_queue& queue, mailer_metrics& metrics,
                 const clock_source& clock, callbacks calls);
  ~maildir_outlet();

  /// The queue has something.
  void wake();
  /// Where a mail is that was pulled: always in time, for it is delivered in one go.
  smtp::recall_point recall(smtp::mail_id) const { return smtp::recall_point::queue; }
  /// Pulls nothing more, delivers what was pulled, then calls `done`.
  void drain(std::function<void()> done);

 private:
  void pull();
  void deliver(std::vector<mail_queue::pulled_mail> batch);
  void pause(const maildir_outcome& failure);
  void tell_drained();

  struct timer;
  maildir box_;
  mail_queue& queue_;
  mailer_metrics& metrics_;
  const clock_source& clock_;
  callbacks calls_;
  std::unique_ptr<timer> pause_;
  std::vector<mail_queue::pulled_mail> batch_;  // its intents are being written
  std::chrono::milliseconds next_pause_;
  bool pausing_ = false;
  bool broken_ = false;  // the log
  std::function<void()> drained_;
};

}  // namespace cartwheel
