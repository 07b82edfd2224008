#include "actors/parking/record_slab.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

/// In no order, so that each chunk keeps some for long.
TEST(record_slab, slots_that_records_left_are_given_back_before_the_last_one_left) {
  record_slab slab;
  std::vector<record_slab::name> names;
  for (int i = 0; i < 50'000; ++i) names.push_back(slab.add("of " + std::to_string(10'000 + i) + ", no longer", 1));
  const auto full = slab.slots();
  std::mt19937_64 dice{1};
  std::vector<size_t> order(names.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), dice);
  size_t most = 0, moves = 0;
  auto tidy = [&] {
    for (int i = 0; i < 2; ++i) {
      const auto astray = slab.astray();
      if (astray == 0) continue;
      const auto whose = std::stoul(std::string{slab.bytes(astray).substr(3)}) - 10'000;
      ASSERT_EQ(names[whose], astray);
      names[whose] = slab.move(astray);
      ++moves;
    }
    most = std::max(most, slab.slots());
  };
  for (auto i : order) {
    names[i] = slab.replace(names[i], "of " + std::to_string(10'000 + i) + ", which has grown since then");
    tidy();
  }
  EXPECT_LE(most, full + full / 16 + 3'000);
  EXPECT_LT(moves, names.size() * 5 / 4);
  for (int i = 0; i < 2'000; ++i) tidy();
  EXPECT_LE(slab.slots(), names.size() + names.size() / 16 + 2'000);
  for (size_t i = 0; i < names.size(); ++i)
    ASSERT_TRUE(slab.bytes(names[i]).starts_with("of " + std::to_string(10'000 + i) + ", which"));
  EXPECT_EQ(all_of(slab).size(), names.size());
}

TEST(record_slab, nothing_is_astray_where_slots_are_taken) {
  record_slab slab;
  for (int i = 0; i < 20'000; ++i) slab.add(std::string(static_cast<size_t>(i % 700), 'x'), 1);
  for (int i = 0; i < 2'000; ++i) EXPECT_EQ(slab.astray(), 0u);
}

TEST(record_slab, does_what_a_map_does) {
  size_t moved = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 dice{seed};
    record_slab slab;
    std::map<record_slab::name, std::pair<std::string, uint8_t>> expected;
    auto some = [&] { return std::next(expected.begin(), static_cast<long>(dice() % expected.size())); };
    // Few lengths in some rounds, so that many slots of a size become empty.
    auto some_length = [&] {
      return dice() % 20 == 0 ? dice() % 2'000 : dice() % (seed % 4 == 3 ? 3 : 90) + seed * 20;
    };
    for (int step = 0; step < (seed % 4 == 3 ? 20'000 : 5'000); ++step) {
      const auto what = dice() % 8;
      // Now and then most are gone, and those that stay move together.
      const bool going = seed % 4 == 3 && step % 10'000 > 6'000;
      for (int i = 0; i < 2; ++i)
        if (const auto astray = slab.astray(); astray != 0) {
          auto node = expected.extract(astray);
          ASSERT_FALSE(node.empty());
          ASSERT_TRUE(slab.bytes(astray).starts_with(node.mapped().first));
          node.key() = slab.move(astray);
          ASSERT_TRUE(expected.insert(std::move(node)).inserted);
          ++moved;
        }
      if (expected.empty() || (!going && what < 4)) {
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
  EXPECT_GT(moved, 1'000u);
}

}  // namespace
}  // namespace cartwheel
