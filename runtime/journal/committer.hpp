#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/journal/sync_mode.hpp"
#include "runtime/metrics.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace cartwheel {

/// One record on its way into the log.
struct submission {
  record what;
  std::shared_ptr<const record_meaning> meaning;
  /// Called on the committer's thread when the record is durable (true), or never will be (false). May be empty.
  std::function<void(bool)> durable;
  bool must_sync = false;  // durable before it is acknowledged, whatever the mode
};

/// One group commit, in log order.
struct committed_epoch {
  epoch_number number{};
  position first{};
  instant now{};  // the newest time in the log so far: a tick record's, or when a record was received
  bool tick = false;
  std::vector<submission> entries;  // `durable` has been called
};

/// The one writer of the log. Takes whatever has been submitted, appends it as a group, closes the epoch, acknowledges,
/// and hands the epoch on. While the disk syncs the next group gathers, so load makes groups larger, not acks later.
/// A tick record is added whenever the node's clock has passed a tick.
/// Runs on: its own thread; submit on any.
/// Errors: when the log cannot be written, every submission of the group and later ones get durable(false) and `failed`
/// is called once.
class committer {
 public:
  struct hooks {
    std::function<void(committed_epoch)> epoch;      // on the committer's thread, in order
    std::function<void(const std::string&)> failed;  // the journal broke
  };

  struct options {
    bool tick_clock = true;  // false: no tick records (the events' own times move the clock)
    sync_mode sync = sync_mode::always;
  };
  committer(journal& log, const clock_source& clock, options o, hooks h);
  ~committer();

  /// Begins to commit, after what the log holds: `epochs` of them, up to the time `newest`. What is submitted before waits.
  void start(epoch_number epochs = {}, instant newest = before_all);
  void submit(submission s);

  /// What was submitted before this call is committed, durable and handed on when it returns; nothing is taken any more.
  void stop();

  /// Waits until what has been committed is durable, whatever the mode. False: the log is broken.
  /// Runs on: any thread but the committer's; after start().
  bool sync();

  /// Lets the log forget what lies below `keep`: a snapshot holds what came of it.
  void forget_below(position keep) { keep_.store(count(keep), std::memory_order_release); }

  size_t backlog_bytes() const { return backlog_bytes_.load(std::memory_order_relaxed); }
  const histogram& commit_seconds() const { return commit_seconds_; }

 private:
  void run();
  void commit(std::vector<submission> group, bool tick, instant now);
  bool must_sync(const std::vector<submission>& group) const;
  void sync_if_due(bool wanted);
  void broke(const char* why);

  journal& log_;
  const clock_source& clock_;
  options options_;
  hooks hooks_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<submission> waiting_;
  bool stopping_ = false;
  bool stopped_ = false;
  uint64_t syncs_wanted_ = 0, syncs_done_ = 0;
  std::condition_variable synced_;
  std::atomic<size_t> backlog_bytes_{0};
  std::atomic<uint64_t> keep_{0};
  epoch_number epoch_{0};
  instant ticked_{};
  instant newest_ = before_all;
  std::chrono::steady_clock::time_point synced_at_ = std::chrono::steady_clock::now();
  bool unsynced_ = false;
  std::atomic<bool> broken_{false};
  histogram commit_seconds_;
  std::thread thread_;
};

}  // namespace cartwheel
