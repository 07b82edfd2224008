#pragma once

#include "actors/cart/cart_cell.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel {

/// What stands in a slot: nothing, an open cart, or the number under which a cart lies parked. Shape: 8 B.
class cart_place {
 public:
  cart_place() = default;
  explicit cart_place(caf::strong_actor_ptr cart) : bits_{reinterpret_cast<uintptr_t>(cart.release())} {}
  /// `number`: below 2^39. `print`: 24 bits.
  cart_place(uint64_t number, uint32_t print) : bits_{number << 25 | uint64_t{print} << 1 | 1} {}
  cart_place(cart_place&& from) noexcept : bits_{std::exchange(from.bits_, 0)} {}
  cart_place& operator=(cart_place&& from) noexcept {
    std::swap(bits_, from.bits_);
    return *this;
  }
  ~cart_place() { take(); }

  bool free() const { return bits_ == 0; }
  bool parked() const { return (bits_ & 1) != 0; }
  /// Null unless it is open.
  cart_cell* cart() const { return parked() || free() ? nullptr : static_cast<cart_cell*>(block()->get()); }
  uint64_t number() const { return bits_ >> 25; }
  uint32_t print() const { return static_cast<uint32_t>(bits_ >> 1) & 0xff'ffff; }
  /// The handle of an open cart, which keeps it alive; the place is free then.
  caf::strong_actor_ptr take() {
    auto bits = std::exchange(bits_, 0);
    if (bits == 0 || (bits & 1) != 0) return nullptr;
    return {reinterpret_cast<caf::actor_control_block*>(bits), false};
  }

 private:
  caf::actor_control_block* block() const { return reinterpret_cast<caf::actor_control_block*>(bits_); }
  uint64_t bits_ = 0;
};
static_assert(sizeof(uintptr_t) == sizeof(uint64_t) && alignof(caf::actor_control_block) >= 2);

/// A shard's carts: a table of slots, and an index from (shop, cart_id) to slot. The index holds fingerprints; a hit is
/// confirmed by the full key. Slots are what timers and references from other shards name; their generation tells a cart
/// from its successors. A cart that is parked keeps its slot.
/// Cost: 8 B an index entry at a load of at most 3/4, 16 B a slot.
class cart_index {
 public:
  struct slot {
    cart_place place;
    uint32_t generation = 1;  // raised when the cart ends; never 0, which names no cart
    uint32_t armed = 0;       // the generation of its one valid timer; of a parked cart: parked_timer
  };

  /// A parked cart's timer: the minute in which it has to come back, and the rest of its fingerprint. Apart from every
  /// generation that an open cart's timer has.
  struct parked_timer {
    uint32_t bits = 0;
    static parked_timer at(int64_t second, uint32_t print);
    /// Where the minute begins. `near`: any second within seven years of it; the years themselves are not kept.
    int64_t second(int64_t near) const;
    uint32_t print() const { return bits & 0xff; }
  };

  cart_index();

  /// The cart with this key, or null. `hash` is the keyed hash of the key, `shop` its number in this shard.
  /// `bring_back(slot)` is asked about parked carts that may be it: it brings back the right one, and says null to others.
  template <class F>
  cart_cell* find(uint64_t hash, uint32_t shop, std::string_view cart_id, F&& bring_back) const {
    uint32_t print = fingerprint(hash);
    size_t mask = entries_.size() - 1;
    for (size_t i = print & mask; entries_[i].slot_plus_one != 0; i = (i + 1) & mask) {
      if (entries_[i].fingerprint != print) continue;
      const uint32_t slot_number = entries_[i].slot_plus_one - 1;
      auto* cart = slots_[slot_number].place.cart();
      if (cart == nullptr) {
        if (cart_cell* back = bring_back(slot_number)) return back;
      } else if (cart->shop() == shop && cart->cart_id() == cart_id) {
        return cart;
      }
    }
    return nullptr;
  }

  // The way to a cart are misses of the cache, one behind the other. Whoever has several carts to find goes these steps
  // for those ahead: each asks the cache for what the next step, and then find(), reads.
  void prefetch_entry(uint64_t hash) const { __builtin_prefetch(&entries_[fingerprint(hash) & (entries_.size() - 1)]); }
  void prefetch_slot(uint64_t hash) const {
    if (auto* e = probable_entry(hash)) __builtin_prefetch(&slots_[e->slot_plus_one - 1]);
  }
  /// An open cart that may be the one: the first whose fingerprint fits. Null when there is none.
  const cart_cell* probable(uint64_t hash) const {
    auto* e = probable_entry(hash);
    return e == nullptr ? nullptr : slots_[e->slot_plus_one - 1].place.cart();
  }

  /// Takes a slot for a new cart; insert() puts the cart into it.
  uint32_t reserve();
  void insert(uint64_t hash, uint32_t slot_number, caf::strong_actor_ptr cart);
  /// Puts a cart back where a snapshot had it; restored() follows the last one.
  void restore(uint64_t hash, uint32_t slot_number, uint32_t generation, caf::strong_actor_ptr cart);
  /// `slots` in all; the free ones begin at `generation`, which no reference from before names.
  void restored(size_t slots, uint32_t generation);
  size_t slots() const { return slots_.size(); }
  /// No reference names a later one.
  uint32_t generation_max() const { return generation_max_; }
  /// Frees the slot and forgets the key.
  void erase(uint64_t hash, uint32_t slot_number);

  /// The cart goes, its slot and key stay. Gives its handle.  Bounds: wakes within seven years.
  caf::strong_actor_ptr park(uint64_t hash, uint32_t slot_number, uint64_t number, int64_t wakes_second);
  /// A parked cart's timer is another one from here on.  Bounds: as park's.
  parked_timer wake_parked_at(uint32_t slot_number, int64_t second);
  /// It is here again, with a new handle.
  void bring_back(uint32_t slot_number, caf::strong_actor_ptr cart);
  /// A parked cart of a snapshot; restored() follows the last one.
  void restore_parked(uint32_t slot_number, uint32_t generation, uint32_t fingerprint, uint64_t number,
                      int64_t wakes_second);
  uint32_t fingerprint_of_parked(uint32_t slot_number) const;

  /// A generation for the next timer of an open cart; its others are stale then.
  uint32_t rearm(uint32_t slot_number) {
    auto& armed = slots_[slot_number].armed;
    armed = (armed + 1) & armed_max;
    if (armed == 0) armed = 1;
    return armed;
  }

  slot& at(uint32_t slot_number) { return slots_[slot_number]; }
  const slot& at(uint32_t slot_number) const { return slots_[slot_number]; }
  /// Whether the cart that a reference means is not over.
  bool has(uint32_t slot_number, uint32_t generation) const {
    return slot_number < slots_.size() && slots_[slot_number].generation == generation &&
           !slots_[slot_number].place.free();
  }

  size_t size() const { return size_; }
  size_t parked() const { return parked_; }

  /// Those that are open here.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& s : slots_)
      if (auto* cart = s.place.cart()) f(*cart);
  }

 private:
  static constexpr uint32_t armed_max = 0x7fff'ffff;

  struct entry {
    uint32_t fingerprint = 0;
    uint32_t slot_plus_one = 0;  // 0: empty
  };
  const entry* probable_entry(uint64_t hash) const {
    const uint32_t print = fingerprint(hash);
    const size_t mask = entries_.size() - 1;
    for (size_t i = print & mask; entries_[i].slot_plus_one != 0; i = (i + 1) & mask)
      if (entries_[i].fingerprint == print) return &entries_[i];
    return nullptr;
  }
  void grow();
  void place(entry e);
  void enter(uint32_t fingerprint, uint32_t slot_number);
  void widen(uint32_t slot_number, uint32_t generation);
  static uint32_t fingerprint(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  std::vector<entry> entries_;
  std::vector<slot> slots_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
  size_t parked_ = 0;
  uint32_t generation_max_ = 1;
};

}  // namespace cartwheel
