#pragma once

#include "transport/http/answer.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace cartwheel::http {

/// Where the responders of a connection leave their answers. It holds no socket and no executor, so a responder kept by
/// some actor may outlive the server.
/// Runs on: any thread; `deliver` runs under the lock and must only post.
class answer_slot {
 public:
  /// `given` is false for the answer of a responder that was let go of.
  using delivery = std::function<void(uint64_t number, response, bool given)>;

  explicit answer_slot(delivery deliver) : deliver_{std::move(deliver)} {}

  void put(uint64_t number, response answer, bool given) {
    std::lock_guard lock{mutex_};
    if (deliver_) deliver_(number, std::move(answer), given);
  }

  /// From here on answers go nowhere; when it returns, none is being delivered.
  void detach() {
    std::lock_guard lock{mutex_};
    deliver_ = nullptr;
  }

 private:
  std::mutex mutex_;
  delivery deliver_;
};

/// The right to answer request `number`, once. Letting go of it unused answers 500.
class answer_right {
 public:
  answer_right(std::shared_ptr<answer_slot> slot, uint64_t number) : slot_{std::move(slot)}, number_{number} {}
  answer_right(const answer_right&) = delete;
  answer_right& operator=(const answer_right&) = delete;
  ~answer_right() {
    if (!used_.exchange(true)) slot_->put(number_, refuse(500, "nobody answered"), false);
  }

  void use(response answer) {
    if (!used_.exchange(true)) slot_->put(number_, std::move(answer), true);
  }

 private:
  std::shared_ptr<answer_slot> slot_;
  uint64_t number_;
  std::atomic<bool> used_{false};
};

}  // namespace cartwheel::http
