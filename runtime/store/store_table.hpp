#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// What the store keeps apart: one column family each. The store knows their names and how they are asked, not what
/// stands in them.
enum class store_table : uint8_t {
  parked_carts,
  orders,
  persons,    // customers and visitors without an open cart
  addresses,  // addresses without anything going on
  evidence,   // of consent
  decisions,
  dead_letters,
  in_doubt,
  cart_decisions,   // by cart, then time
  cart_milestones,  // likewise
  milestone_times,  // what of them is how old
  ended_carts,      // that were reminded of
};

/// How a table is asked: one key at a time, or along its keys (which begin with a time, or name one cart after the other).
enum class store_access : uint8_t { by_key, in_order };

struct store_table_traits {
  store_table what;
  std::string_view name;  // on disk: it never changes for the life of a directory
  store_access access;
  size_t prefix_bytes = 0;  // where keys are asked for by their beginning: so much of it; 0: they are not
};

/// In the order of the enumeration. A table added later is made when an older directory is opened.
constexpr std::array<store_table_traits, 12> store_tables{{
  {store_table::parked_carts, "parked_carts", store_access::by_key},
  {store_table::orders, "orders", store_access::by_key},
  {store_table::persons, "persons", store_access::by_key},
  {store_table::addresses, "addresses", store_access::by_key},
  {store_table::evidence, "evidence", store_access::by_key, 20},  // what about, of whom
  {store_table::decisions, "decisions", store_access::in_order},
  {store_table::dead_letters, "dead_letters", store_access::in_order},
  {store_table::in_doubt, "in_doubt", store_access::by_key},
  {store_table::cart_decisions, "cart_decisions", store_access::in_order},
  {store_table::cart_milestones, "cart_milestones", store_access::in_order},
  {store_table::milestone_times, "milestone_times", store_access::in_order},
  {store_table::ended_carts, "ended_carts", store_access::by_key},
}};

constexpr size_t index_of(store_table t) { return static_cast<size_t>(t); }

static_assert(
  [] {
    for (size_t i = 0; i < store_tables.size(); ++i)
      if (index_of(store_tables[i].what) != i) return false;
    return true;
  }(),
  "a table's traits stand at its own place");

}  // namespace cartwheel
