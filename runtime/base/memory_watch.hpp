#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

namespace cartwheel {

/// How near the process is to the memory it may use.
/// Runs on: any thread; look() on one.
class memory_watch {
 public:
  /// `used`: how many bytes the process has in memory.
  explicit memory_watch(uint64_t limit_bytes, std::function<uint64_t()> used = resident_bytes);

  /// Measures again, at most once a second.
  void look();

  uint64_t limit() const { return limit_; }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  /// Time to let go of what can be had again.
  bool tight() const { return used() / 17 >= limit_ / 20; }
  /// Nothing more may be taken up.
  bool full() const { return used() >= limit_; }

  /// Of the machine, or of the control group where that is less.
  static uint64_t of_the_machine();
  /// 0 when the system does not tell.
  static uint64_t resident_bytes();

 private:
  const uint64_t limit_;
  std::function<uint64_t()> measure_;
  std::atomic<uint64_t> used_{0};
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace cartwheel
