// Rule 22 of docs/SEMANTICS.md for carts: what a cell has no room for, and what outlives it.
#include "actors/shard/cart_event_ids.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr cart_partition here{3};
constexpr uint64_t cart = 77;
using cell_ids = std::array<uint64_t, 4>;  // newest first

TEST(cart_event_ids, holds_what_a_cell_pushed_out_sixteen_in_all) {
  cart_event_ids ids;
  for (uint64_t id = 1; id <= 13; ++id) ids.push(cart, id, 4);
  EXPECT_FALSE(ids.knows(cart, 1)) << "with the four in the cell that would be seventeen";
  for (uint64_t id = 2; id <= 13; ++id) EXPECT_TRUE(ids.knows(cart, id)) << id;
  EXPECT_FALSE(ids.knows(cart + 1, 5)) << "another cart's id is another id";
}

TEST(cart_event_ids, a_cart_that_ended_is_remembered_with_what_its_cell_held) {
  cart_event_ids ids;
  ids.push(cart, 1, 4);
  ids.closed(here, cart, cell_ids{5, 4, 3, 2});
  for (uint64_t id = 1; id <= 5; ++id) EXPECT_TRUE(ids.knows(cart, id)) << id;
}

TEST(cart_event_ids, a_cart_without_ids_leaves_nothing) {
  cart_event_ids ids;
  ids.closed(here, cart, cell_ids{});
  EXPECT_FALSE(ids.knows(cart, 0));
}

TEST(cart_event_ids, ids_of_a_cart_that_is_not_open_count_too) {
  cart_event_ids ids;
  ids.push_closed(here, cart, 9);
  EXPECT_TRUE(ids.knows(cart, 9));
}

TEST(cart_event_ids, of_carts_that_are_over_the_oldest_is_forgotten_first_per_partition) {
  cart_event_ids ids;
  ids.closed(here, cart, cell_ids{1});
  ids.closed(cart_partition{4}, cart + 1, cell_ids{1});
  for (uint64_t other = 0; other < cart_event_ids::closed_max; ++other) ids.push_closed(here, 1'000 + other, 1);
  EXPECT_FALSE(ids.knows(cart, 1));
  EXPECT_TRUE(ids.knows(cart + 1, 1)) << "what happens in one partition does not touch another";
  EXPECT_TRUE(ids.knows(1'000, 1));
}

TEST(cart_event_ids, an_open_cart_is_not_forgotten) {
  cart_event_ids ids;
  ids.closed(here, cart, cell_ids{1});
  ids.opened(cart);
  for (uint64_t other = 0; other < cart_event_ids::closed_max; ++other) ids.push_closed(here, 1'000 + other, 1);
  EXPECT_TRUE(ids.knows(cart, 1));
}

}  // namespace
}  // namespace cartwheel
