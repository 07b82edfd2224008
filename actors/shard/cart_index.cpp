#include "actors/shard/cart_index.hpp"

#include <algorithm>

namespace cartwheel {

void cart_index::insert(uint64_t hash, uint32_t slot_number, caf::strong_actor_ptr cart) {
  slots_.change(slot_number).place = cart_place{std::move(cart)};
  entries_.insert(hash, slot_number + 1);
  ++size_;
}

void cart_index::restore(uint64_t hash, uint32_t slot_number, uint32_t generation, caf::strong_actor_ptr cart) {
  slots_.take(slot_number, generation);
  insert(hash, slot_number, std::move(cart));
}

void cart_index::restored(size_t slots, uint32_t generation) { slots_.restored(slots, generation); }

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
  auto& s = slots_.change(slot_number);
  auto handle = s.place.take();
  const uint32_t print = fingerprint(hash);
  s.place = cart_place{number, print >> 8};
  s.armed = parked_timer::at(wakes_second, print).bits;
  ++parked_;
  return handle;
}

cart_index::parked_timer cart_index::wake_parked_at(uint32_t slot_number, int64_t second) {
  auto& armed = slots_.change(slot_number).armed;
  const auto timer = parked_timer::at(second, parked_timer{armed}.print());
  armed = timer.bits;
  return timer;
}

void cart_index::bring_back(uint32_t slot_number, caf::strong_actor_ptr cart) {
  auto& s = slots_.change(slot_number);
  s.place = cart_place{std::move(cart)};
  s.armed = 0;
  --parked_;
}

void cart_index::restore_parked(uint32_t slot_number, uint32_t generation, uint32_t print, uint64_t number,
                                int64_t wakes_second) {
  slots_.take(slot_number, generation);
  auto& s = slots_.change(slot_number);
  s.place = cart_place{number, print >> 8};
  s.armed = parked_timer::at(wakes_second, print).bits;
  entries_.insert(uint64_t{print} << 32, slot_number + 1);
  ++size_;
  ++parked_;
}

uint32_t cart_index::fingerprint_of_parked(uint32_t slot_number) const {
  const auto& s = slots_.at(slot_number);
  return s.place.print() << 8 | parked_timer{s.armed}.print();
}

void cart_index::erase(uint64_t hash, uint32_t slot_number) {
  entries_.erase(hash, slot_number + 1);
  slots_.change(slot_number).place.take();
  slots_.free(slot_number);
  --size_;
}

}  // namespace cartwheel
