#include "actors/parking/record_slab.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cartwheel {
namespace {

std::string some_bytes(std::mt19937_64& dice, size_t length) {
  std::string bytes(length, '\0');
  for (auto& b : bytes) b = static_cast<char>(dice());
  return bytes;
}

/// What a round comes by, each with its mark.
std::map<record_slab::name, uint8_t> all_of(const record_slab& slab) {
  std::map<record_slab::name, uint8_t> all;
  record_slab::position at;
  record_slab::name found = 0;
  size_t slots = 0;
  for (; slab.next(at, found); ++slots)
    if (found != 0) {
      EXPECT_TRUE(all.emplace(found, slab.mark(found)).second) << "come by twice";
    }
  EXPECT_EQ(slots, slab.slots());
  return all;
}

TEST(record_slab, holds_records_of_every_length) {
  std::mt19937_64 dice{1};
  record_slab slab;
  std::vector<std::pair<record_slab::name, std::string>> held;
  for (size_t length = 0; length < record_slab::slot_max + 20; ++length) {
    auto bytes = some_bytes(dice, length);
    held.emplace_back(slab.add(bytes, 7), bytes);
  }
  for (auto bytes = some_bytes(dice, 100'000); held.back().second.size() < 100'000;)
    held.emplace_back(slab.add(bytes, 7), bytes);
  for (const auto& [name, bytes] : held) {
    EXPECT_TRUE(slab.bytes(name).starts_with(bytes)) << bytes.size();
    EXPECT_LT(slab.bytes(name).size(), bytes.size() + 8) << bytes.size();
    EXPECT_EQ(slab.mark(name), 7);
  }
}

TEST(record_slab, keeps_a_records_mark_when_its_bytes_change) {
  record_slab slab;
  auto name = slab.add("short", 9);
  for (size_t length : {5u, 300u, 301u, 5'000u, 6'000u, 2u}) {
    const std::string bytes(length, 'x');
    name = slab.replace(name, bytes);
    EXPECT_TRUE(slab.bytes(name).starts_with(bytes));
    EXPECT_EQ(slab.mark(name), 9);
  }
  slab.set_mark(name, 200);
  EXPECT_EQ(slab.mark(name), 200);
  EXPECT_EQ(slab.size(), 1u);
}

TEST(record_slab, gives_back_chunks_that_nobody_uses) {
  record_slab slab;
  std::vector<record_slab::name> names;
  for (int i = 0; i < 100'000; ++i) names.push_back(slab.add("a record of thirty bytes or so", 1));
  const auto full = slab.slots();
  for (auto name : names) slab.remove(name);
  EXPECT_EQ(slab.size(), 0u);
  EXPECT_LT(slab.slots(), full / 50);
  for (int i = 0; i < 100'000; ++i) slab.add("another, as long as those were", 1);
  EXPECT_LE(slab.slots(), full);
  EXPECT_EQ(all_of(slab).size(), 100'000u);
}

TEST(record_slab, does_what_a_map_does) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 dice{seed};
    record_slab slab;
    std::map<record_slab::name, std::pair<std::string, uint8_t>> expected;
    auto some = [&] { return std::next(expected.begin(), static_cast<long>(dice() % expected.size())); };
    auto some_length = [&] { return dice() % 20 == 0 ? dice() % 2'000 : dice() % 90; };
    for (int step = 0; step < 5'000; ++step) {
      const auto what = dice() % 8;
      if (expected.empty() || what < 4) {
        auto bytes = some_bytes(dice, some_length());
        const auto mark = static_cast<uint8_t>(1 + dice() % 255);
        const auto name = slab.add(bytes, mark);
        ASSERT_NE(name, 0u);
        ASSERT_TRUE(expected.emplace(name, std::pair{std::move(bytes), mark}).second);
      } else if (what < 6) {
        auto i = some();
        auto node = expected.extract(i);
        node.mapped().first = some_bytes(dice, some_length());
        node.key() = slab.replace(node.key(), node.mapped().first);
        ASSERT_TRUE(expected.insert(std::move(node)).inserted);
      } else {
        auto i = some();
        slab.remove(i->first);
        expected.erase(i);
      }
    }
    ASSERT_EQ(slab.size(), expected.size());
    const auto all = all_of(slab);
    ASSERT_EQ(all.size(), expected.size());
    for (const auto& [name, e] : expected) {
      ASSERT_TRUE(slab.bytes(name).starts_with(e.first)) << "seed " << seed;
      ASSERT_EQ(all.at(name), e.second);
    }
  }
}

}  // namespace
}  // namespace cartwheel
