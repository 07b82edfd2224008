#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace cartwheel::forward {

/// How news reaches a connection from other threads: which of its chunks have settled, and that reading may go on.
/// It holds no socket and no executor, so whoever keeps it (a ticket in the journal's queue) may outlive the server.
/// Runs on: any thread; `wake` runs under the lock and must only post.
/// Cost: one post per batch, however many chunks settle before the connection gets round to looking.
class ack_mailbox {
 public:
  struct settled {
    uint64_t number;
    bool durable;
  };

  explicit ack_mailbox(std::function<void()> wake) : wake_{std::move(wake)} {}

  void settle(uint64_t number, bool durable) {
    std::lock_guard lock{mutex_};
    if (!wake_) return;
    settled_.push_back({number, durable});
    wake_once();
  }

  /// Wakes the connection without news.
  void nudge() {
    std::lock_guard lock{mutex_};
    if (wake_) wake_once();
  }

  /// What has settled since the last call, put into `out` (whose room is reused).
  void take(std::vector<settled>& out) {
    out.clear();
    std::lock_guard lock{mutex_};
    woken_ = false;
    settled_.swap(out);
  }

  /// From here on nobody is woken; when it returns, nobody is being woken.
  void detach() {
    std::lock_guard lock{mutex_};
    wake_ = nullptr;
    settled_.clear();
  }

 private:
  friend class intake;

  void wake_once() {
    if (woken_) return;
    woken_ = true;
    wake_();
  }

  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<settled> settled_;
  bool woken_ = false;
  bool listed_ = false;  // in intake's list; guarded by its mutex
};

}  // namespace cartwheel::forward
