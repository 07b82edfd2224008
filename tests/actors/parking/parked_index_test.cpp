#include "actors/parking/parked_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

namespace cartwheel {
namespace {

bool has(const parked_index& index, uint32_t print, uint64_t number) {
  return index.find(print, [&](uint64_t n) { return n == number; });
}

TEST(parked_index, tells_numbers_of_one_print_apart) {
  parked_index index;
  EXPECT_FALSE(has(index, 5, 1));
  for (uint64_t n : {1, 2, 3}) index.insert(5, n);
  index.erase(5, 2);
  EXPECT_TRUE(has(index, 5, 1));
  EXPECT_FALSE(has(index, 5, 2));
  EXPECT_TRUE(has(index, 5, 3));
  EXPECT_FALSE(has(index, 6, 1));
  EXPECT_EQ(index.size(), 2u);
}

TEST(parked_index, holds_the_largest_prints_and_numbers) {
  parked_index index;
  const auto print = parked_index::print_of(UINT64_MAX);
  const uint64_t number = (uint64_t{1} << 40) - 1;
  index.insert(print, number);
  EXPECT_TRUE(has(index, print, number));
  index.for_each([&](uint32_t p, uint64_t n) { EXPECT_EQ(std::pair(p, n), std::pair(print, number)); });
}

TEST(parked_index, does_what_a_map_does) {
  std::mt19937_64 dice{1};
  parked_index index;
  std::multimap<uint32_t, uint64_t> model;
  for (uint64_t n = 1; n <= 20'000; ++n) {
    auto print = static_cast<uint32_t>(dice() % 500 << (dice() % 2 * 15));  // crowded on purpose
    index.insert(print, n);
    model.emplace(print, n);
    if (dice() % 3 != 0) continue;
    auto gone = model.lower_bound(static_cast<uint32_t>(dice() % 500));
    if (gone == model.end()) continue;
    index.erase(gone->first, gone->second);
    model.erase(gone);
  }
  EXPECT_EQ(index.size(), model.size());
  for (const auto& [print, number] : model) ASSERT_TRUE(has(index, print, number));
  size_t held = 0;
  index.for_each([&](uint32_t print, uint64_t number) {
    ++held;
    auto [first, last] = model.equal_range(print);
    ASSERT_TRUE(std::any_of(first, last, [&](const auto& m) { return m.second == number; }));
  });
  EXPECT_EQ(held, model.size());
}

}  // namespace
}  // namespace cartwheel
