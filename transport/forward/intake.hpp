#pragma once

#include "transport/forward/ack_mailbox.hpp"
#include "transport/forward/limits.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace cartwheel::forward {

/// Whether a server's connections may read: the bytes handed out and not settled yet over all of them, and a switch.
/// Shape: reading stops at `stop_at` and starts again below `resume_below`.  Units: bytes.  Runs on: any thread.
class intake {
 public:
  explicit intake(size_t stop_at = limits::unacked_bytes_max, size_t resume_below = limits::unacked_bytes_resume)
      : stop_at_{stop_at}, resume_below_{resume_below} {}

  bool open() const { return !paused_.load() && bytes_.load() < stop_at_; }
  size_t unsettled_bytes() const { return bytes_.load(std::memory_order_relaxed); }

  void charge(size_t bytes) { bytes_.fetch_add(bytes); }
  void release(size_t bytes);
  void pause(bool on);

  /// Puts a connection on the list of those to wake when reading may go on. False: it may go on right now.
  bool wait(const std::shared_ptr<ack_mailbox>& connection);

 private:
  void wake_all();

  const size_t stop_at_;
  const size_t resume_below_;
  std::atomic<size_t> bytes_{0};
  std::atomic<bool> paused_{false};
  // Sequentially consistent with bytes_ and paused_: either wait() sees the room that release() made, or release() sees
  // that somebody waits. Weaker orders would lose the wake-up.
  std::atomic<size_t> waiting_count_{0};
  std::mutex mutex_;
  std::vector<std::weak_ptr<ack_mailbox>> waiting_;
};

}  // namespace cartwheel::forward
