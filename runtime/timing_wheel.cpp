#include "runtime/timing_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace cartwheel {

namespace {

constexpr wheel_tick span1 = 256;               // ticks of one middle slot
constexpr wheel_tick span2 = 256 * 256;         // ticks of one far slot
constexpr wheel_tick reach = span2 * (64 - 1);  // the far slot under the hand holds nothing new

template <size_t Words>
void mark(std::array<uint64_t, Words>& bitmap, size_t slot) {
  bitmap[slot / 64] |= uint64_t{1} << (slot % 64);
}

template <size_t Words>
void unmark(std::array<uint64_t, Words>& bitmap, size_t slot) {
  bitmap[slot / 64] &= ~(uint64_t{1} << (slot % 64));
}

/// How many slots after `from` (1..slots) the first used one lies, going round; 0 when none is used.
template <size_t Words>
size_t distance_to_used(const std::array<uint64_t, Words>& bitmap, size_t from) {
  constexpr size_t slots = Words * 64;
  for (size_t d = 1; d <= slots;) {
    size_t slot = (from + d) % slots;
    uint64_t rest = bitmap[slot / 64] >> (slot % 64);
    if (rest != 0) return d + static_cast<size_t>(std::countr_zero(rest));
    d += 64 - slot % 64;
  }
  return 0;
}

/// The exact tick from its low half, known to lie within 2^31 of `now`.
wheel_tick widen(wheel_tick now, uint32_t low) { return now + static_cast<int32_t>(low - static_cast<uint32_t>(now)); }

}  // namespace

void timing_wheel::insert(wheel_tick at, wheel_timer timer) {
  place(std::max(at, now_ + 1), timer);
  ++size_;
}

void timing_wheel::place(wheel_tick at, wheel_timer timer) {
  // A level is chosen by whether the hand of the level below would pass the tick within one turn.
  if (at - now_ <= static_cast<wheel_tick>(slots0) - 1) {
    auto slot = static_cast<size_t>(at % static_cast<wheel_tick>(slots0));
    near_[slot].push_back(timer);
    mark(near_used_, slot);
  } else if (at / span1 - now_ / span1 < static_cast<wheel_tick>(slots1)) {
    auto slot = static_cast<size_t>(at / span1 % static_cast<wheel_tick>(slots1));
    middle_[slot].push_back({timer, static_cast<uint32_t>(at)});
    mark(middle_used_, slot);
  } else {
    wheel_tick shown = std::min(at, now_ + reach);
    auto slot = static_cast<size_t>(shown / span2 % static_cast<wheel_tick>(slots2));
    far_[slot].push_back({timer, static_cast<uint32_t>(at)});
    mark(far_used_, slot);
  }
}

wheel_tick timing_wheel::next() const {
  if (size_ == 0) return no_tick;
  wheel_tick soonest = no_tick;
  if (size_t d = distance_to_used(near_used_, static_cast<size_t>(now_ % slots0)); d != 0)
    soonest = now_ + static_cast<wheel_tick>(d);
  if (size_t d = distance_to_used(middle_used_, static_cast<size_t>(now_ / span1 % slots1)); d != 0)
    soonest = std::min(soonest, (now_ / span1 + static_cast<wheel_tick>(d)) * span1);
  if (size_t d = distance_to_used(far_used_, static_cast<size_t>(now_ / span2 % slots2)); d != 0)
    soonest = std::min(soonest, (now_ / span2 + static_cast<wheel_tick>(d)) * span2);
  return soonest;
}

void timing_wheel::open_slots() {
  // The hand stands at the first tick of a middle slot (and perhaps of a far one): what lies there moves down.
  if (now_ % span2 == 0) {
    auto slot = static_cast<size_t>(now_ / span2 % static_cast<wheel_tick>(slots2));
    const auto opened = std::exchange(far_[slot], {});
    unmark(far_used_, slot);
    opened.each([this](const far_timer& t) { place(std::max(widen(now_, t.at_low), now_), t.timer); });
  }
  if (now_ % span1 == 0) {
    auto slot = static_cast<size_t>(now_ / span1 % static_cast<wheel_tick>(slots1));
    const auto opened = std::exchange(middle_[slot], {});
    unmark(middle_used_, slot);
    opened.each([this](const far_timer& t) { place(std::max(widen(now_, t.at_low), now_), t.timer); });
  }
}

void timing_wheel::advance(wheel_tick to, std::vector<wheel_timer>& due) {
  while (now_ < to) {
    wheel_tick stop = next();
    if (stop > to) {
      now_ = to;
      return;
    }
    now_ = stop;
    open_slots();
    auto slot = static_cast<size_t>(now_ % static_cast<wheel_tick>(slots0));
    auto& up = near_[slot];
    if (up.empty()) continue;
    up.each([&due](wheel_timer t) { due.push_back(t); });
    size_ -= up.size();
    up.clear();
    unmark(near_used_, slot);
  }
}

size_t timing_wheel::count_within(wheel_tick ticks) const {
  wheel_tick end = now_ + ticks;
  size_t n = 0;
  for (wheel_tick t = now_ + 1; t <= std::min(end, now_ + static_cast<wheel_tick>(slots0) - 1); ++t)
    n += near_[static_cast<size_t>(t % static_cast<wheel_tick>(slots0))].size();
  for (const auto& slot : middle_) {
    if (slot.empty()) continue;
    wheel_tick first = widen(now_, slot.any().at_low) / span1 * span1;
    if (first + span1 <= end)
      n += slot.size();
    else if (first <= end)
      n += slot.size() * static_cast<size_t>(end - first + 1) / span1;
  }
  // Only far slots that open before the end can hold what comes up by then; their times are exact.
  wheel_tick last_slot = std::min(end / span2, now_ / span2 + static_cast<wheel_tick>(slots2) - 1);
  for (wheel_tick s = now_ / span2 + 1; s <= last_slot; ++s)
    far_[static_cast<size_t>(s % static_cast<wheel_tick>(slots2))].each(
      [&](const far_timer& t) { n += widen(now_, t.at_low) <= end; });
  return n;
}

}  // namespace cartwheel
