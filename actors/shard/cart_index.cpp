#include "actors/shard/cart_index.hpp"

#include <algorithm>

namespace cartwheel {

// The home of an entry is taken from its fingerprint alone, so growing and closing gaps need no key: 32 bits are enough
// to spread as many carts as a slot number can name.

cart_index::cart_index() : entries_(64) {}

cart_cell* cart_index::find(uint64_t hash, uint32_t shop, std::string_view cart_id) const {
  uint32_t print = fingerprint(hash);
  size_t mask = entries_.size() - 1;
  for (size_t i = print & mask; entries_[i].slot_plus_one != 0; i = (i + 1) & mask) {
    if (entries_[i].fingerprint != print) continue;
    auto* cart = cell_cast<cart_cell>(slots_[entries_[i].slot_plus_one - 1].cart);
    if (cart->shop() == shop && cart->cart_id() == cart_id) return cart;
  }
  return nullptr;
}

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
  slots_[slot_number].cart = std::move(cart);
  if ((size_ + 1) * 4 > entries_.size() * 3) grow();
  place({fingerprint(hash), slot_number + 1});
  ++size_;
}

void cart_index::restore(uint64_t hash, uint32_t slot_number, uint32_t generation, caf::strong_actor_ptr cart) {
  if (slot_number >= slots_.size()) slots_.resize(slot_number + size_t{1});
  slots_[slot_number].generation = generation;
  insert(hash, slot_number, std::move(cart));
}

void cart_index::restored(size_t slots, uint32_t generation) {
  slots_.resize(std::max(slots, slots_.size()));
  free_.clear();
  for (size_t i = slots_.size(); i-- > 0;) {
    if (slots_[i].cart) continue;
    slots_[i].generation = generation;
    free_.push_back(static_cast<uint32_t>(i));
  }
}

uint32_t cart_index::generation_max() const {
  uint32_t most = 1;
  for (const auto& s : slots_) most = std::max(most, s.generation);
  return most;
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
  s.cart = nullptr;
  if (++s.generation == 0) ++s.generation;
  ++s.armed;
  free_.push_back(slot_number);
  --size_;
}

cart_cell* cart_index::get(uint32_t slot_number, uint32_t generation) const {
  if (slot_number >= slots_.size()) return nullptr;
  const auto& s = slots_[slot_number];
  return s.cart && s.generation == generation ? cell_cast<cart_cell>(s.cart) : nullptr;
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
