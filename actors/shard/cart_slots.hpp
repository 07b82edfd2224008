#pragma once

#include "actors/cart/cart_cell.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
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

struct cart_slot {
  cart_place place;
  uint32_t generation = 1;  // raised when the cart ends; never 0, which names no cart
  uint32_t armed = 0;       // the generation of its one valid timer; of a parked cart: cart_index::parked_timer
};

/// A shard's slots by number. The lowest free one is taken first, so that those with high numbers fall out of use.
/// Shape: chunks of 4,096 slots, which never move. A chunk that nothing stands in goes back to the allocator, but for one;
/// when it is needed again its slots begin behind every generation and timer that they have had.
/// Bounds: 2^32 - 1 slots.  Cost: 16 B a slot, and a bit.  Runs on: one thread.
class cart_slots {
 public:
  /// Takes a free one.  Errors: std::bad_alloc.
  uint32_t take();
  /// Takes this one, of a snapshot: it begins in that generation.
  void take(uint32_t number, uint32_t generation);
  /// What stood in it has been taken out; references and timers that name it are stale.
  void free(uint32_t number);
  /// Of a snapshot with so many; all that is free begins at `generation` or later.
  void restored(size_t slots, uint32_t generation);
  uint32_t rearm(uint32_t number);

  /// One that is taken, to be changed.
  cart_slot& change(uint32_t number) { return chunks_[number / chunk_slots][number % chunk_slots]; }
  /// Any: in one that is not held nothing stands. Timers may name such.
  const cart_slot& at(uint32_t number) const {
    const size_t chunk = number / chunk_slots;
    return chunk < chunks_.size() && chunks_[chunk] != nullptr ? chunks_[chunk][number % chunk_slots] : nothing;
  }
  /// All that are taken lie below.
  size_t size() const { return size_; }
  /// No reference names a later one.
  uint32_t generation_max() const { return generation_max_; }
  /// That are held now, of `chunk_slots` each.
  size_t chunks() const { return held_; }

  static constexpr uint32_t chunk_slots = 4096;

 private:
  static constexpr uint32_t armed_max = 0x7fff'ffff;
  static constexpr size_t words = chunk_slots / 64;
  static constexpr size_t none = SIZE_MAX;
  static const cart_slot nothing;

  struct taken {
    std::array<uint64_t, words> bits{};
    uint32_t count = 0;
  };
  void widen(size_t chunk);
  void make(size_t chunk);
  void mark(uint32_t number);
  void emptied(size_t chunk);
  void drop(size_t chunk);
  size_t first_roomy();

  std::vector<std::unique_ptr<cart_slot[]>> chunks_;  // null: nothing stands in it
  std::vector<taken> taken_;
  std::vector<uint64_t> roomy_;  // a bit for each chunk that has a free slot
  size_t roomy_from_ = 0;        // no word before has one
  size_t empty_ = none;          // a chunk that is held though nothing stands in it
  size_t held_ = 0;
  size_t size_ = 0;
  uint32_t generation_max_ = 1;
  uint32_t armed_max_seen_ = 0;
};

}  // namespace cartwheel
