#include "transport/forward/intake.hpp"

#include <utility>

namespace cartwheel::forward {

void intake::release(size_t bytes) {
  const size_t left = bytes_.fetch_sub(bytes) - bytes;
  if (waiting_count_.load() > 0 && left < resume_below_ && !paused_.load()) wake_all();
}

void intake::pause(bool on) {
  paused_.store(on);
  if (!on) wake_all();
}

bool intake::wait(const std::shared_ptr<ack_mailbox>& connection) {
  std::lock_guard lock{mutex_};
  if (!connection->listed_) {
    connection->listed_ = true;
    waiting_.push_back(connection);
  }
  waiting_count_.store(waiting_.size());
  if (!open()) return true;
  // Left on the list: being woken once too often costs less than looking for the place to take it out.
  return false;
}

void intake::wake_all() {
  std::vector<std::weak_ptr<ack_mailbox>> woken;
  {
    std::lock_guard lock{mutex_};
    woken.swap(waiting_);
    waiting_count_.store(0);
    for (const auto& weak : woken)
      if (auto connection = weak.lock()) connection->listed_ = false;
  }
  for (const auto& weak : woken)
    if (auto connection = weak.lock()) connection->nudge();
}

}  // namespace cartwheel::forward
