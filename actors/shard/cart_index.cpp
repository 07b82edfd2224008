#include "actors/shard/cart_index.hpp"

#include <algorithm>

namespace cartwheel {

// The home of an entry is taken from its fingerprint alone, so growing and closing gaps need no key: 32 bits are enough
// to spread as many carts as a slot number can name.

cart_index::cart_index() : entries_(64) {}

uint32_t cart_index::reserve() {
  if (!free_.empty()) {
    uint32_t slot_number = free_.back();
    free_.pop_back();
    return slot_number;
  }
  slots_.emplace_back();
  return static_cast<uint32_t>(slots_.size() - 1);
}

void cart_index::insert(uint64_t hash, uint32_t slot_number, caf::strong_actor_ptr cart) {
  slots_[slot_number].place = cart_place{std::move(cart)};
  enter(fingerprint(hash), slot_number);
}

void cart_index::enter(uint32_t print, uint32_t slot_number) {
  if ((size_ + 1) * 4 > entries_.size() * 3) grow();
  place({print, slot_number + 1});
  ++size_;
}

void cart_index::widen(uint32_t slot_number, uint32_t generation) {
  if (slot_number >= slots_.size()) slots_.resize(slot_number + size_t{1});
  slots_[slot_number].generation = generation;
}

void cart_index::restore(uint64_t hash, uint32_t slot_number, uint32_t generation, caf::strong_actor_ptr cart) {
  widen(slot_number, generation);
  insert(hash, slot_number, std::move(cart));
}

void cart_index::restored(size_t slots, uint32_t generation) {
  slots_.resize(std::max(slots, slots_.size()));
  free_.clear();
  for (size_t i = slots_.size(); i-- > 0;) {
    if (!slots_[i].place.free()) continue;
    slots_[i].generation = generation;
    free_.push_back(static_cast<uint32_t>(i));
  }
  generation_max_ = std::max(generation_max_, generation);
}

namespace {

constexpr int64_t minutes_kept = 1 << 23;

}  // namespace

cart_index::parked_timer cart_index::parked_timer::at(int64_t second, uint32_t print) {
  return {1u << 31 | static_cast<uint32_t>(second / 60 % minutes_kept) << 8 | (print & 0xff)};
}

int64_t cart_index::parked_timer::second(int64_t near) const {
  const int64_t minute = bits >> 8 & (minutes_kept - 1);
  const int64_t least = std::max<int64_t>(0, near / 60 - minutes_kept / 2);
  return (least + (minute - least % minutes_kept + minutes_kept) % minutes_kept) * 60;
}

caf::strong_actor_ptr cart_index::park(uint64_t hash, uint32_t slot_number, uint64_t number, int64_t wakes_second) {
  auto& s = slots_[slot_number];
  auto handle = s.place.take();
  const uint32_t print = fingerprint(hash);
  s.place = cart_place{number, print >> 8};
  s.armed = parked_timer::at(wakes_second, print).bits;
  ++parked_;
  return handle;
}

cart_index::parked_timer cart_index::wake_parked_at(uint32_t slot_number, int64_t second) {
  auto& armed = slots_[slot_number].armed;
  const auto timer = parked_timer::at(second, parked_timer{armed}.print());
  armed = timer.bits;
  return timer;
}

void cart_index::bring_back(uint32_t slot_number, caf::strong_actor_ptr cart) {
  auto& s = slots_[slot_number];
  s.place = cart_place{std::move(cart)};
  s.armed = 0;
  --parked_;
}

void cart_index::restore_parked(uint32_t slot_number, uint32_t generation, uint32_t print, uint64_t number,
                                int64_t wakes_second) {
  widen(slot_number, generation);
  auto& s = slots_[slot_number];
  s.place = cart_place{number, print >> 8};
  s.armed = parked_timer::at(wakes_second, print).bits;
  enter(print, slot_number);
  ++parked_;
}

uint32_t cart_index::fingerprint_of_parked(uint32_t slot_number) const {
  const auto& s = slots_[slot_number];
  return s.place.print() << 8 | parked_timer{s.armed}.print();
}

void cart_index::erase(uint64_t hash, uint32_t slot_number) {
  size_t mask = entries_.size() - 1;
  size_t i = fingerprint(hash) & mask;
  while (entries_[i].slot_plus_one != slot_number + 1) i = (i + 1) & mask;
  // Backward shift: what follows moves up unless that would put it before its home.
  for (size_t next = (i + 1) & mask; entries_[next].slot_plus_one != 0; next = (next + 1) & mask) {
    size_t home = entries_[next].fingerprint & mask;
    if (((next - home) & mask) >= ((next - i) & mask)) {
      entries_[i] = entries_[next];
      i = next;
    }
  }
  entries_[i] = {};
  auto& s = slots_[slot_number];
  s.place.take();
  if (++s.generation == 0) ++s.generation;
  generation_max_ = std::max(generation_max_, s.generation);
  rearm(slot_number);
  free_.push_back(slot_number);
  --size_;
}

void cart_index::grow() {
  auto old = std::move(entries_);
  entries_.assign(old.size() * 2, {});
  for (const auto& e : old)
    if (e.slot_plus_one != 0) place(e);
}

void cart_index::place(entry e) {
  size_t mask = entries_.size() - 1;
  size_t i = e.fingerprint & mask;
  while (entries_[i].slot_plus_one != 0) i = (i + 1) & mask;
  entries_[i] = e;
}

}  // namespace cartwheel
