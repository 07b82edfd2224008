#include "actors/shard/held_items.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cartwheel {
namespace {

bool all_live(uint64_t) { return true; }

std::vector<uint64_t> holders(held_items& of, uint64_t item) {
  std::vector<uint64_t> all;
  of.each(item, [&](uint64_t cart) {
    all.push_back(cart);
    return true;
  });
  return all;
}

TEST(held_items, names_each_cart_once_however_often_it_was_put_in) {
  held_items held;
  for (int i = 0; i < 5; ++i)
    for (uint64_t cart : {3, 1, 2}) held.put(7, cart, all_live);
  EXPECT_EQ(holders(held, 7), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_TRUE(holders(held, 8).empty());
  EXPECT_EQ(held.items(), 1u) << "asking leaves nothing behind";
}

TEST(held_items, forgets_whoever_is_said_to_hold_it_no_more) {
  held_items held;
  for (uint64_t cart : {1, 2, 3}) held.put(7, cart, all_live);
  held.each(7, [](uint64_t cart) { return cart == 2; });
  EXPECT_EQ(holders(held, 7), std::vector<uint64_t>{2});
  held.each(7, [](uint64_t) { return false; });
  EXPECT_EQ(held.items(), 0u);
}

TEST(held_items, of_carts_that_are_over_no_more_stay_than_of_those_that_are_not) {
  held_items held;
  size_t asked = 0;
  const uint64_t live_from = 100'000 - 50;  // the last 50 are not over
  for (uint64_t cart = 0; cart < 100'000; ++cart)
    held.put(7, cart, [&](uint64_t other) {
      ++asked;
      return other + 50 > cart;
    });
  EXPECT_LT(asked, 500'000u) << "looked at now and then";
  std::vector<uint64_t> left = holders(held, 7);
  EXPECT_LE(left.size(), 200u);
  EXPECT_EQ(std::ranges::count_if(left, [&](uint64_t cart) { return cart >= live_from; }), 50);
}

}  // namespace
}  // namespace cartwheel
