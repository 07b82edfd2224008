#pragma once

#include "actors/event/event.hpp"
#include "runtime/base/local_text.hpp"

#include <span>
#include <string_view>

namespace cartwheel {

/// One line of a cart, read in place.
struct cart_line {
  std::string_view item_id;
  std::string_view item_name;
  std::string_view image_url;
  std::string_view item_url;
  int64_t price = -1;  // minor units per piece, -1 when unknown
  uint32_t quantity = 0;
};

/// The lines of one cart as one immutable block: a change makes a new block, so the old one stands until it is swapped.
/// Bounds: limits::items_max lines (the oldest goes first), limits::quantity_max pieces a line.
/// Cost: 22 B a line beside its texts; a change is linear in the cart.
/// Source: docs/SEMANTICS.md rules 1 to 3.
class cart_lines {
 public:
  struct change;

  /// Each item's quantity on top of what is there; texts and prices that are given replace the old ones.
  change add(std::span<const event_item> items) const;
  /// Each item's quantity taken away, never below zero; a line without pieces goes.
  cart_lines remove(std::span<const event_item> items) const;
  /// These lines instead.
  change replace(std::span<const event_item> items) const;
  /// Another cart's lines on top of these.
  change join(const cart_lines& other) const;

  /// The lines as bytes, to carry them to another shard, and back.
  std::string_view block() const { return block_.view(); }
  static cart_lines from_block(std::string_view block);

  bool empty() const { return block_.empty(); }
  /// Asks the cache for the first few lines.
  [[gnu::always_inline]] void prefetch() const { block_.prefetch(3); }
  size_t size() const;
  /// Price times quantity over all lines; -1 when a price is unknown.
  int64_t value() const;

  template <class F>
  void for_each(F&& f) const {
    for (std::string_view rest = block_.view(); !rest.empty();) f(read(rest));
  }

 private:
  struct builder;
  static cart_line read(std::string_view& rest);
  change add_one(const event_item& item) const;

  local_text block_;
};

struct cart_lines::change {
  cart_lines lines;
  bool grew = false;  // a line is new or has more pieces: what rule 3 calls an addition
};

}  // namespace cartwheel
