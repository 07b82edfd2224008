#pragma once

#include "actors/cart/cart_cell.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace cartwheel {

/// A shard's carts: a table of slots, and an index from (shop, cart_id) to slot. The index holds fingerprints; a hit is
/// confirmed by the full key. Slots are what timers and references from other shards name; their generation tells a cart
/// from its successors.
/// Cost: 8 B an index entry at a load of at most 3/4, 16 B a slot.
class cart_index {
 public:
  struct slot {
    caf::strong_actor_ptr cart;  // null: free
    uint32_t generation = 1;     // raised when the cart ends; never 0, which names no cart
    uint32_t armed = 0;          // the generation of its one valid timer
  };

  cart_index();

  /// The cart with this key, or null. `hash` is the keyed hash of the key, `shop` its number in this shard.
  cart_cell* find(uint64_t hash, uint32_t shop, std::string_view cart_id) const;

  /// Takes a slot for a new cart; insert() puts the cart into it.
  uint32_t reserve();
  void insert(uint64_t hash, uint32_t slot_number, caf::strong_actor_ptr cart);
  /// Puts a cart back where a snapshot had it; restored() follows the last one.
  void restore(uint64_t hash, uint32_t slot_number, uint32_t generation, caf::strong_actor_ptr cart);
  /// `slots` in all; the free ones begin at `generation`, which no reference from before names.
  void restored(size_t slots, uint32_t generation);
  size_t slots() const { return slots_.size(); }
  uint32_t generation_max() const;
  /// Frees the slot and forgets the key.
  void erase(uint64_t hash, uint32_t slot_number);

  slot& at(uint32_t slot_number) { return slots_[slot_number]; }
  const slot& at(uint32_t slot_number) const { return slots_[slot_number]; }
  /// The cart a reference means, or null when it is over.
  cart_cell* get(uint32_t slot_number, uint32_t generation) const;

  size_t size() const { return size_; }

  template <class F>
  void for_each(F&& f) const {
    for (const auto& s : slots_)
      if (s.cart) f(*cell_cast<cart_cell>(s.cart));
  }

 private:
  struct entry {
    uint32_t fingerprint = 0;
    uint32_t slot_plus_one = 0;  // 0: empty
  };
  void grow();
  void place(entry e);
  static uint32_t fingerprint(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  std::vector<entry> entries_;
  std::vector<slot> slots_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace cartwheel
