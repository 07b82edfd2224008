#include "actors/shard/cart_slots.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace cartwheel {
namespace {

constexpr uint32_t chunk = cart_slots::chunk_slots;

/// What stands in a slot: a parked cart, which needs no cell.
void put(cart_slots& slots, uint32_t number) { slots.change(number).place = cart_place{number, 1}; }
void clear(cart_slots& slots, uint32_t number) {
  slots.change(number).place.take();
  slots.free(number);
}

TEST(cart_slots, the_lowest_free_one_is_taken_first) {
  cart_slots slots;
  for (uint32_t i = 0; i < 3 * chunk; ++i) ASSERT_EQ(slots.take(), i);
  slots.free(2 * chunk);
  slots.free(chunk + 1);
  slots.free(7);
  for (uint32_t expected : {7u, chunk + 1, 2 * chunk, 3 * chunk}) EXPECT_EQ(slots.take(), expected);
}

TEST(cart_slots, chunks_in_which_nothing_stands_go_but_for_one) {
  cart_slots slots;
  for (uint32_t i = 0; i < 10 * chunk; ++i) put(slots, slots.take());
  EXPECT_EQ(slots.chunks(), 10u);
  for (uint32_t i = chunk; i < 9 * chunk; ++i) clear(slots, i);
  EXPECT_EQ(slots.chunks(), 3u) << "the first, the last, and an empty one";
  EXPECT_EQ(slots.size(), 10u * chunk);
  EXPECT_TRUE(slots.at(5 * chunk).place.free()) << "though it is not held";
  EXPECT_EQ(slots.at(9 * chunk).place.number(), 9u * chunk);
  for (uint32_t i = 9 * chunk; i < 10 * chunk; ++i) clear(slots, i);
  EXPECT_EQ(slots.size(), 2u * chunk);
  EXPECT_TRUE(slots.at(9 * chunk).place.free()) << "a timer may name it still";
  EXPECT_EQ(slots.take(), chunk);
}

TEST(cart_slots, a_chunk_that_comes_again_begins_behind_what_it_had) {
  cart_slots slots;
  for (uint32_t i = 0; i < 3 * chunk; ++i) slots.take();
  uint32_t generation = 0, armed = 0;
  for (int n = 0; n < 5; ++n) {
    armed = slots.rearm(3 * chunk - 1);
    generation = slots.change(3 * chunk - 1).generation;
    slots.free(3 * chunk - 1);
    slots.take();
  }
  for (uint32_t i = chunk; i < 3 * chunk; ++i) slots.free(i);
  ASSERT_EQ(slots.chunks(), 2u);
  for (uint32_t i = chunk; i < 3 * chunk; ++i) ASSERT_EQ(slots.take(), i);
  EXPECT_GT(slots.at(3 * chunk - 1).generation, generation);
  EXPECT_GT(slots.rearm(3 * chunk - 1), armed);
}

/// No (slot, generation) is ever given twice, whatever comes and goes.
TEST(cart_slots, no_reference_means_two_carts) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::mt19937 dice{seed};
    cart_slots slots;
    std::set<std::pair<uint32_t, uint32_t>> given;
    std::vector<uint32_t> taken;
    for (int wave = 0; wave < 6; ++wave) {
      const size_t most = 1 + dice() % (4 * chunk);
      while (taken.size() < most) {
        const auto number = slots.take();
        ASSERT_TRUE(slots.at(number).place.free());
        ASSERT_TRUE(given.emplace(number, slots.at(number).generation).second);
        ASSERT_LE(slots.at(number).generation, slots.generation_max());
        put(slots, number);
        taken.push_back(number);
      }
      std::shuffle(taken.begin(), taken.end(), dice);
      const size_t left = dice() % (most / 8 + 1);
      while (taken.size() > left) {
        clear(slots, taken.back());
        taken.pop_back();
      }
      for (auto number : taken) ASSERT_EQ(slots.at(number).place.number(), number);
    }
  }
}

TEST(cart_slots, a_snapshots_are_taken_as_they_were) {
  cart_slots slots;
  slots.take(2 * chunk + 3, 17);
  slots.restored(4 * chunk, 20);
  EXPECT_EQ(slots.size(), 4u * chunk);
  EXPECT_EQ(slots.at(2 * chunk + 3).generation, 17u);
  EXPECT_EQ(slots.at(2 * chunk + 4).generation, 20u) << "no reference from before names it";
  EXPECT_EQ(slots.take(), 0u);
  EXPECT_EQ(slots.at(0).generation, 20u);
}

}  // namespace
}  // namespace cartwheel
