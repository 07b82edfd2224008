#pragma once

#include "actors/parking/record_index.hpp"
#include "actors/shard/cart_slots.hpp"
#include "runtime/base/same_text.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace cartwheel {

/// A shard's carts: a table of slots, and an index from (shop, cart_id) to slot. The index holds fingerprints; a hit is
/// confirmed by the full key. Slots are what timers and references from other shards name; their generation tells a cart
/// from its successors. A cart that is parked keeps its slot.
/// Cost: 10.7 to 12 B an index entry (record_index, filled to 3/4), 16 B a slot. Both shrink when carts end; nothing of them
/// grows or shrinks all at once.
class cart_index {
 public:
  /// A parked cart's timer: the minute in which it has to come back, and the rest of its fingerprint. Apart from every
  /// generation that an open cart's timer has.
  struct parked_timer {
    uint32_t bits = 0;
    static parked_timer at(int64_t second, uint32_t print);
    /// Where the minute begins. `near`: any second within seven years of it; the years themselves are not kept.
    int64_t second(int64_t near) const;
    uint32_t print() const { return bits & 0xff; }
  };

  /// The cart with this key, or null. `hash` is the keyed hash of the key, `shop` its number in this shard.
  /// `bring_back(slot)` is asked about parked carts that may be it: it brings back the right one, and says null to others.
  template <class F>
  cart_cell* find(uint64_t hash, uint32_t shop, std::string_view cart_id, F&& bring_back) const {
    cart_cell* found = nullptr;
    entries_.find(hash, [&](uint32_t slot_plus_one) {
      const uint32_t slot_number = slot_plus_one - 1;
      auto* cart = slots_.at(slot_number).place.cart();
      if (cart == nullptr)
        found = bring_back(slot_number);
      else if (cart->shop() == shop && same_text(cart->cart_id(), cart_id))
        found = cart;
      return found != nullptr;
    });
    return found;
  }

  // The way to a cart are misses of the cache, one behind the other. Whoever has several carts to find goes these steps
  // for those ahead: each asks the cache for what the next step, and then find(), reads. (Inline: record_index::prefetch.)
  [[gnu::always_inline]] void prefetch_entry(uint64_t hash) const { entries_.prefetch(hash); }
  [[gnu::always_inline]] void prefetch_slot(uint64_t hash) const {
    if (auto name = entries_.probable(hash); name != 0) __builtin_prefetch(&slots_.at(name - 1));
  }
  /// An open cart that may be the one: the first whose fingerprint fits. Null when there is none.
  const cart_cell* probable(uint64_t hash) const {
    const auto name = entries_.probable(hash);
    return name == 0 ? nullptr : slots_.at(name - 1).place.cart();
  }

  /// Takes a slot for a new cart; insert() puts the cart into it.
  uint32_t reserve() { return slots_.take(); }
  void insert(uint64_t hash, uint32_t slot_number, caf::strong_actor_ptr cart);
  /// Puts a cart back where a snapshot had it; restored() follows the last one.
  void restore(uint64_t hash, uint32_t slot_number, uint32_t generation, caf::strong_actor_ptr cart);
  /// `slots` in all; the free ones begin at `generation`, which no reference from before names.
  void restored(size_t slots, uint32_t generation);
  size_t slots() const { return slots_.size(); }
  uint32_t generation_max() const { return slots_.generation_max(); }
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
  uint32_t rearm(uint32_t slot_number) { return slots_.rearm(slot_number); }

  /// Any: one that nothing stands in is free.
  const cart_slot& at(uint32_t slot_number) const { return slots_.at(slot_number); }
  /// One that a cart stands in.
  cart_slot& change(uint32_t slot_number) { return slots_.change(slot_number); }
  /// Whether the cart that a reference means is not over.
  bool has(uint32_t slot_number, uint32_t generation) const {
    return slot_number < slots_.size() && slots_.at(slot_number).generation == generation &&
           !slots_.at(slot_number).place.free();
  }

  size_t size() const { return size_; }
  size_t parked() const { return parked_; }

  /// Those that are open here.
  template <class F>
  void for_each(F&& f) const {
    for (uint32_t slot = 0; slot < slots_.size(); ++slot)
      if (auto* cart = slots_.at(slot).place.cart()) f(*cart);
  }

 private:
  static uint32_t fingerprint(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  record_index entries_{3, 4, 8};  // by fingerprint; names are slots plus one
  cart_slots slots_;
  size_t size_ = 0;
  size_t parked_ = 0;
};

}  // namespace cartwheel
