#pragma once

#include "runtime/base/time.hpp"

#include <atomic>

namespace cartwheel {

/// Where the time comes from. Nobody calls now() of a global clock: a test, a demo or a replay hands in its own.
/// Runs on: any thread.
class clock_source {
 public:
  virtual ~clock_source() = default;
  virtual instant now() const = 0;
  /// How long to really wait until this clock has moved on by `d` (timers of the event loop sleep in real time).
  virtual std::chrono::nanoseconds real(milliseconds d) const = 0;
};

/// The machine's clock, kept from going back: a step back holds it still until real time has caught up.
class wall_clock final : public clock_source {
 public:
  instant now() const override;
  std::chrono::nanoseconds real(milliseconds d) const override { return d; }

 private:
  mutable std::atomic<int64_t> newest_{0};
};

/// A clock that runs `factor` times as fast from `start` on (`node.clock = "x600"`): demos and tests.
class scaled_clock final : public clock_source {
 public:
  scaled_clock(instant start, double factor);
  instant now() const override;
  std::chrono::nanoseconds real(milliseconds d) const override;

 private:
  instant start_;
  double factor_;
  std::chrono::steady_clock::time_point began_;
};

/// A clock moved by hand. It never goes back.
class manual_clock final : public clock_source {
 public:
  explicit manual_clock(instant start = instant{}) : now_{unix_ms(start)} {}
  instant now() const override { return from_unix_ms(now_.load(std::memory_order_acquire)); }
  std::chrono::nanoseconds real(milliseconds) const override { return std::chrono::nanoseconds{0}; }
  void advance_to(instant t);
  void advance(milliseconds d) { advance_to(now() + d); }

 private:
  std::atomic<int64_t> now_;
};

}  // namespace cartwheel
