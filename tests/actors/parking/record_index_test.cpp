#include "actors/parking/record_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace cartwheel {
namespace {

TEST(record_index, asks_whether_it_is_the_one) {
  record_index index;
  index.insert(5, 1);
  index.insert(5, 2);
  EXPECT_EQ(index.find(5, [](uint32_t name) { return name == 2; }), 2u);
  EXPECT_EQ(index.find(5, [](uint32_t) { return false; }), 0u);
  EXPECT_EQ(index.find(6, [](uint32_t) { return false; }), 0u);
  index.rename(5, 2, 9);
  EXPECT_EQ(index.find(5, [](uint32_t name) { return name == 9; }), 9u);
  EXPECT_EQ(index.find(5, [](uint32_t name) { return name == 1; }), 1u) << "the other one is where it was";
}

/// Names are found by their hashes whatever came and went, also when many hashes fall upon each other or at the end of a
/// table, where what does not fit goes on at its beginning.
TEST(record_index, does_what_a_map_does) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937_64 dice{seed};
    record_index index;
    std::map<uint32_t, uint64_t> expected;
    uint32_t last = 0;
    auto some_hash = [&]() -> uint64_t {
      switch (seed % 3) {
        case 0: return dice();
        case 1: return (dice() % 7) << 61;
        default: return ~uint64_t{0} << 40 | dice() % 5;
      }
    };
    for (int step = 0; step < 4'000; ++step) {
      auto some = [&] { return std::next(expected.begin(), static_cast<long>(dice() % expected.size())); };
      const auto what = dice() % 8;
      if (expected.empty() || what < 4) {
        const auto hash = some_hash();
        index.insert(hash, ++last);
        expected.emplace(last, hash);
      } else if (what == 4) {
        auto node = expected.extract(some());
        index.rename(node.mapped(), node.key(), last + 1);
        node.key() = ++last;
        expected.insert(std::move(node));
      } else {
        auto i = some();
        index.erase(i->second, i->first);
        ASSERT_EQ(index.find(i->second, [&](uint32_t name) { return name == i->first; }), 0u);
        expected.erase(i);
      }
    }
    for (const auto& [name, hash] : expected)
      ASSERT_EQ(index.find(hash, [&, n = name](uint32_t found) { return found == n; }), name) << "seed " << seed;
  }
}

/// What a million left behind goes back, table by table.
TEST(record_index, shrinks_with_what_it_holds) {
  record_index index{3, 4, 8};
  constexpr uint32_t n = 100'000;
  auto hash = [](uint64_t name) { return name * 0x9e37'79b9'7f4a'7c15; };
  for (uint32_t name = 1; name <= n; ++name) index.insert(hash(name), name);
  const auto full = index.slots();
  EXPECT_LE(full, n * 2);
  for (uint32_t name = 1; name <= n; ++name)
    if (name % 50 != 0) index.erase(hash(name), name);
  EXPECT_LE(index.slots(), full / 20);
  EXPECT_LE(index.slots(), n / 50 * 4 / 3 * 3 / 2 + 64 * 16) << "half as many again as what is left needs";
  for (uint32_t name = 1; name <= n; ++name)
    ASSERT_EQ(index.find(hash(name), [&](uint32_t found) { return found == name; }), name % 50 == 0 ? name : 0u);
}

}  // namespace
}  // namespace cartwheel
