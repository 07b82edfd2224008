// Rule 22 of docs/SEMANTICS.md for carts: what a cell has no room for, and what outlives it.
#include "actors/shard/cart_event_ids.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr cart_partition here{3};
constexpr uint64_t cart = 77;
using cell_ids = std::array<uint64_t, 4>;  // newest first

older_event_ids older(uint64_t first, uint64_t last, size_t most) {
  older_event_ids ids;
  for (uint64_t id = first; id <= last; ++id) ids.push(id, most);
  return ids;
}

TEST(older_event_ids, keeps_what_a_cell_pushed_out_sixteen_in_all) {
  auto ids = older(1, 13, 12);
  EXPECT_FALSE(ids.knows(1)) << "with the four in the cell that would be seventeen";
  for (uint64_t id = 2; id <= 13; ++id) EXPECT_TRUE(ids.knows(id)) << id;
  EXPECT_EQ(ids.ids().front(), 2u);
  EXPECT_EQ(ids.ids().back(), 13u);
}

TEST(older_event_ids, are_fewer_when_fewer_are_wanted) {
  auto ids = older(1, 16, 16);
  ids.push(17, 12);  // a cart that opened again with sixteen, and has four in its cell by now
  EXPECT_EQ(ids.ids().size(), 12u);
  EXPECT_EQ(ids.ids().front(), 6u);
  EXPECT_EQ(ids.ids().back(), 17u);
}

TEST(older_event_ids, read_back_what_was_written) {
  for (uint64_t n = 0; n <= 16; ++n) {
    std::string bytes;
    byte_writer to{bytes};
    older(1, n, 16).save(to);
    byte_reader from{bytes};
    auto back = older_event_ids::load(from);
    ASSERT_EQ(back.ids().size(), n);
    for (uint64_t id = 1; id <= n; ++id) EXPECT_EQ(back.ids()[id - 1], id);
  }
}

TEST(older_event_ids, more_than_a_cart_keeps_are_refused) {
  std::string bytes;
  byte_writer to{bytes};
  to.number(17);
  for (uint64_t id = 1; id <= 17; ++id) to.fixed(id);
  byte_reader from{bytes};
  EXPECT_THROW(older_event_ids::load(from), broken_bytes);
}

TEST(cart_event_ids, a_cart_that_ended_is_remembered_with_what_its_cell_held) {
  cart_event_ids ids;
  ids.closed(here, cart, older(1, 1, 12), cell_ids{5, 4, 3, 2});
  for (uint64_t id = 1; id <= 5; ++id) EXPECT_TRUE(ids.knows(cart, id)) << id;
  EXPECT_FALSE(ids.knows(cart + 1, 5)) << "another cart's id is another id";
}

TEST(cart_event_ids, a_cart_without_ids_leaves_nothing) {
  cart_event_ids ids;
  ids.closed(here, cart, {}, cell_ids{});
  EXPECT_FALSE(ids.knows(cart, 0));
}

TEST(cart_event_ids, ids_of_a_cart_that_is_not_open_count_too) {
  cart_event_ids ids;
  ids.push_closed(here, cart, 9);
  EXPECT_TRUE(ids.knows(cart, 9));
}

TEST(cart_event_ids, of_carts_that_are_over_the_oldest_is_forgotten_first_per_partition) {
  cart_event_ids ids;
  ids.closed(here, cart, {}, cell_ids{1});
  ids.closed(cart_partition{4}, cart + 1, {}, cell_ids{1});
  for (uint64_t other = 0; other < cart_event_ids::closed_max; ++other) ids.push_closed(here, 1'000 + other, 1);
  EXPECT_FALSE(ids.knows(cart, 1));
  EXPECT_TRUE(ids.knows(cart + 1, 1)) << "what happens in one partition does not touch another";
  EXPECT_TRUE(ids.knows(1'000, 1));
}

TEST(cart_event_ids, go_with_the_cart_when_it_opens_again) {
  cart_event_ids ids;
  ids.closed(here, cart, older(1, 2, 12), cell_ids{4, 3});
  auto known = ids.opened(cart);
  for (uint64_t id = 1; id <= 4; ++id) EXPECT_TRUE(known.knows(id)) << id;
  EXPECT_FALSE(ids.knows(cart, 1));
  // Its place among those that are over is not another cart's, and is not forgotten twice.
  ids.closed(here, cart, known, cell_ids{5});
  for (uint64_t other = 1; other < cart_event_ids::closed_max; ++other) ids.push_closed(here, 1'000 + other, 1);
  EXPECT_TRUE(ids.knows(cart, 5));
  ids.push_closed(here, 1'000, 1);
  EXPECT_FALSE(ids.knows(cart, 5));
}

}  // namespace
}  // namespace cartwheel
