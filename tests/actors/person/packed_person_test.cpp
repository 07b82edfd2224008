#include "actors/person/person.hpp"
#include "tests/actors/person/any_person.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

std::string packed(const person& p, recurring_texts& texts) {
  std::string bytes;
  packed_writer to{bytes, texts};
  pack(p, to);
  return bytes;
}

TEST(packed_person, nothing_takes_a_byte) {
  recurring_texts texts;
  EXPECT_EQ(packed({}, texts).size(), 1u);
}

TEST(packed_person, one_with_an_address_takes_little_more_than_that) {
  recurring_texts texts;
  person p;
  p.address = {{~uint64_t{0}, ~uint64_t{0}}, "shopper1234567@example.com"};
  p.address_time = from_unix_ms(1'769'943'600'000);
  EXPECT_EQ(packed(p, texts).size(), 1 + 16 + 21 + 5u);
}

/// Each into what held another: nothing of that one stays.
TEST(packed_person, any_comes_back) {
  std::mt19937_64 dice{1};
  recurring_texts texts;
  person again;
  for (int round = 0; round < 20'000; ++round) {
    const auto p = test::any_person(dice);
    const auto bytes = packed(p, texts) + "what lies behind";
    packed_reader from{bytes, texts};
    unpack(from, again);
    ASSERT_EQ(from.rest(), 16u);
    ASSERT_EQ(test::all_of(again), test::all_of(p)) << "round " << round;
  }
}

TEST(packed_person, bytes_that_nobody_packed_are_refused_or_a_person) {
  std::mt19937_64 dice{2};
  recurring_texts texts;
  size_t refused = 0;
  person p;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = packed(test::any_person(dice), texts);
    if (dice() % 2 == 0) bytes.resize(dice() % (bytes.size() + 1));
    for (auto n = dice() % 3; n > 0 && !bytes.empty(); --n) bytes[dice() % bytes.size()] = static_cast<char>(dice());
    packed_reader from{bytes, texts};
    try {
      unpack(from, p);
    } catch (const broken_bytes&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace cartwheel
