#pragma once

#include "actors/shard/reminder_desk.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cartwheel::test {

/// Stands for the mailer: keeps what the shards tell, for the test to act on.
class notebook final : public reminder_sink {
 public:
  void ready(shard_id, size_t) override {}
  void unused(shard_id, size_t) override {}
  void offer(due_reminder r) override {
    note([&] { offered_.push_back(std::move(r)); });
  }
  void recall(const claim_id&, reason) override {
    note([&] { ++recalls_; });
  }
  void refused(const question& q, reason why) override {
    note([&] { refused_.emplace_back(q, why); });
  }
  void interrupted(const question& q, uint32_t doubts, bool mail_is_kept) override {
    note([&] { interrupted_.push_back({q, doubts, mail_is_kept}); });
  }

  struct interruption {
    question asked;
    uint32_t doubts = 0;
    bool mail_is_kept = false;
  };
  std::optional<due_reminder> next_offer() { return next(offered_); }
  std::optional<interruption> next_interrupted() { return next(interrupted_); }
  std::optional<std::pair<question, reason>> next_refused() { return next(refused_); }
  size_t recalls() {
    std::lock_guard lock{mutex_};
    return recalls_;
  }
  bool has_heard_of_nothing() {
    std::lock_guard lock{mutex_};
    return offered_.empty() && interrupted_.empty() && refused_.empty() && recalls_ == 0;
  }

 private:
  template <class F>
  void note(F f) {
    std::lock_guard lock{mutex_};
    f();
    changed_.notify_all();
  }
  template <class T>
  std::optional<T> next(std::vector<T>& from) {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, 10s, [&] { return !from.empty(); })) return std::nullopt;
    T first = std::move(from.front());
    from.erase(from.begin());
    return first;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<due_reminder> offered_;
  std::vector<interruption> interrupted_;
  std::vector<std::pair<question, reason>> refused_;
  size_t recalls_ = 0;
};

}  // namespace cartwheel::test
