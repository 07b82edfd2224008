#pragma once

#include "actors/cart/cart_state.hpp"
#include "actors/cart/older_event_ids.hpp"
#include "actors/shard/notice.hpp"
#include "runtime/cell.hpp"

#include <stdexcept>
#include <string>

namespace cartwheel {

/// What one event did to its cart, for the parts that follow.
struct cart_effect {
  std::string customer;  // the cart's binding right after the event acted
  std::string visitor;
  bool is_subject = false;  // rule 14: what the event says of a person is learnt for this cart, in part b
  std::string lines;        // cart_merged: what the source held; purchase: what it left, where it says nothing itself
  bool source_was_open = false;
  bool added = false;  // an addition (rule 3)
};

/// A fault in a handler that docs/testing.md describes; in builds with fault hooks it is thrown on demand.
struct broken_promise : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One shopping cart as an actor: a thin cell around a cart_state. Every verb works on a copy of the state and swaps it
/// in, so a handler that throws leaves the cart as it was.
/// Made by make_cart_cell: its id stands behind it in its block, its slot and shop in front (cell::front).
/// Runs on: its shard's thread; messages to its handle arrive there.
class cart_cell final : public arena_cell {
 public:
  cart_cell(caf::actor_config& cfg, uint32_t slot, uint32_t shop, std::string_view cart_id);
  /// What the id needs of a block behind the cell itself. Bounds: limits::id_bytes_max.
  static size_t bytes_behind(std::string_view cart_id);

  const char* name() const override { return "cart"; }

  /// Part a: one event acts on this cart. Errors: whatever the handler threw; the cart is unchanged then.
  cart_effect on_event(const event& e, const campaign_settings& campaign);

  const cart_state& state() const { return state_; }
  /// For parts b and c, whose steps cannot fail half-way.
  cart_state& state() { return state_; }

  /// Whether an event with this id has been here among the last ones.
  bool knows(uint64_t event_id) const { return state_.knows(event_id) || older_ids.knows(event_id); }
  /// Errors: std::bad_alloc; nothing has changed then.
  void remember(uint64_t event_id);

  /// Asks the cache for what an event will look at. (Inline: local_text::prefetch.)
  [[gnu::always_inline]] void prefetch() const {
    constexpr size_t usual_id_bytes = 24;
    __builtin_prefetch(&place());
    __builtin_prefetch(&state_);
    __builtin_prefetch(reinterpret_cast<const char*>(&state_) + 64);
    __builtin_prefetch(&id_size_);
    __builtin_prefetch(&id_size_ + usual_id_bytes);
  }
  [[gnu::always_inline]] void prefetch_texts() const {
    state_.customer.prefetch();
    state_.lines.prefetch();
    older_ids.prefetch();
  }

  std::string_view cart_id() const { return {id_begin(), id_size_}; }
  uint32_t shop() const { return place().shop; }
  uint32_t slot() const { return place().slot; }

 private:
  void on_message(caf::mailbox_element& what, caf::execution_unit* context) override;
  void on_end() override;

  struct in_front {
    uint32_t slot;
    uint32_t shop;
  };
  static_assert(sizeof(in_front) == front_bytes);
  const in_front& place() const { return *static_cast<const in_front*>(front()); }
  static constexpr size_t id_offset();
  const char* id_begin() const;

  cart_state state_;

 public:
  older_event_ids older_ids;
  /// The timer that stands for this cart in the wheel: its second since 1970 (until 2106), and its number; 0: none.
  uint32_t armed_at = 0;
  uint32_t armed = 0;
  bool asked_for = true;  // since its shard last looked for idle ones

 private:
  uint8_t id_size_;
  // The id's bytes begin here and go on behind the cell.
};
static_assert(limits::id_bytes_max <= UINT8_MAX);

/// One cart in a block of the arena.  Errors: std::bad_alloc.
caf::strong_actor_ptr make_cart_cell(cell_arena& arena, caf::actor_system& system, uint32_t slot, uint32_t shop,
                                     std::string_view cart_id);

/// Part a on one cart: pure.
cart_effect act(cart_state& cart, const event& e, const campaign_settings& campaign);

/// Whether an event opens a cart that is not open (rule 1).
inline bool opens_cart(const event& e) {
  return (e.kind == event_kind::add_to_cart || e.kind == event_kind::update_cart) && !e.items.empty();
}

}  // namespace cartwheel
