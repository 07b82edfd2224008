#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cartwheel {

/// A timer in the wheel: which slot of a table, and the generation it was armed in. A timer whose generation is no longer
/// the slot's is stale and is ignored by its owner, which is what makes cancelling free.
struct wheel_timer {
  uint32_t slot = 0;
  uint32_t generation = 0;
};
static_assert(sizeof(wheel_timer) == 8, "ten million timers are 80 MB");

/// Ticks of the wheel: whole seconds since 1970.
using wheel_tick = int64_t;

/// A hierarchical timing wheel: 256 slots of 1 tick, 256 of 256 ticks, 64 of 65,536 ticks (48 days); what is later waits
/// in the last slot and goes round again. Insert is O(1); a timer moves down at most twice.
/// Lazy re-arm is the owner's part: an event stores its time only, and a timer that comes up early goes back in.
/// Units: ticks.  Cost: 8 B a timer, amortised growth of the slots' vectors.
/// Source: Varghese and Lauck, Hashed and Hierarchical Timing Wheels, 1987.
class timing_wheel {
 public:
  static constexpr wheel_tick no_tick = INT64_MAX;

  /// A wheel in which every tick up to and including `now` is over.
  explicit timing_wheel(wheel_tick now) : now_{now} {}

  /// Arms a timer. A tick that is over already means the next one. Bounds: less than 2^31 ticks (68 years) ahead.
  void insert(wheel_tick at, wheel_timer timer);

  /// A tick before which nothing comes up; exact when the soonest timer was armed less than 256 ticks ahead or its slot has
  /// opened since, else the moment its slot opens, where advance finds nothing due yet. no_tick when the wheel is empty.
  wheel_tick next() const;

  /// Moves on to tick `to` (not before now) and appends the timers of all ticks up to it to `due`, earlier ticks first.
  void advance(wheel_tick to, std::vector<wheel_timer>& due);

  wheel_tick now() const { return now_; }
  size_t size() const { return size_; }

  /// How many timers come up within `ticks` from now: exact, but for the one middle slot (256 ticks) that the end falls in,
  /// of which a proportional part is counted.
  size_t count_within(wheel_tick ticks) const;

 private:
  // Level 0 needs no time beside the timer: its slot is its tick. The higher levels hold the low part of it.
  struct far_timer {
    wheel_timer timer;
    uint32_t at_low;  // low 32 bits of the tick
  };
  static constexpr int bits0 = 8, bits1 = 8, bits2 = 6;
  static constexpr size_t slots0 = 1 << bits0, slots1 = 1 << bits1, slots2 = 1 << bits2;

  void place(wheel_tick at, wheel_timer timer);
  void open_slots();

  std::array<std::vector<wheel_timer>, slots0> near_;
  std::array<std::vector<far_timer>, slots1> middle_;
  std::array<std::vector<far_timer>, slots2> far_;
  std::array<uint64_t, slots0 / 64> near_used_{};
  std::array<uint64_t, slots1 / 64> middle_used_{};
  std::array<uint64_t, 1> far_used_{};
  wheel_tick now_;
  size_t size_ = 0;
};

}  // namespace cartwheel
