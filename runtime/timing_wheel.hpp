#pragma once

#include "runtime/timer_list.hpp"

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
/// Units: ticks.  Cost: 12 B a timer, 8 B in the last 256 ticks.
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

  /// Goes on round the wheel past about `most` timers and drops those of which `stale(timer)` says so: their owner has so
  /// many that they cost more than they are worth.
  template <class Stale>
  void sweep(size_t most, Stale&& stale) {
    for (size_t slots = 0, seen = 0; slots <= slots0 + slots1 + slots2 && seen < most; ++slots) {
      auto pass = [&](auto& list, auto& used, size_t slot) {
        const size_t before = list.size();
        seen += list.sweep(sweep_block_, most - seen, [&](const auto& t) { return stale(timer_of(t)); });
        size_ -= before - list.size();
        if (before > 0 && list.empty()) used[slot / 64] &= ~(uint64_t{1} << slot % 64);
      };
      if (sweep_slot_ < slots0)
        pass(near_[sweep_slot_], near_used_, sweep_slot_);
      else if (sweep_slot_ < slots0 + slots1)
        pass(middle_[sweep_slot_ - slots0], middle_used_, sweep_slot_ - slots0);
      else
        pass(far_[sweep_slot_ - slots0 - slots1], far_used_, sweep_slot_ - slots0 - slots1);
      if (seen >= most) return;  // there may be more in this one
      sweep_block_ = 0;
      if (++sweep_slot_ == slots0 + slots1 + slots2) sweep_slot_ = 0;
    }
  }

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

  static wheel_timer timer_of(wheel_timer t) { return t; }
  static wheel_timer timer_of(const far_timer& t) { return t.timer; }
  void place(wheel_tick at, wheel_timer timer);
  void open_slots();

  std::array<timer_list<wheel_timer>, slots0> near_;
  std::array<timer_list<far_timer>, slots1> middle_;
  std::array<timer_list<far_timer>, slots2> far_;
  std::array<uint64_t, slots0 / 64> near_used_{};
  std::array<uint64_t, slots1 / 64> middle_used_{};
  std::array<uint64_t, 1> far_used_{};
  wheel_tick now_;
  size_t size_ = 0;
  size_t sweep_slot_ = 0;   // where sweep() goes on: which slot, of the near ones first,
  size_t sweep_block_ = 0;  // and which block of it
};

}  // namespace cartwheel
