#include "actors/mailer/credit_book.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
using grant = credit_book::grant;

constexpr shard_id first{0};
constexpr shard_id second{1};

TEST(credit_book, grants_what_waits_or_what_there_is_room_for) {
  credit_book book;
  EXPECT_THAT(book.grants(10), IsEmpty());
  book.waiting(first, 3);
  EXPECT_THAT(book.grants(10), UnorderedElementsAre(grant{first, 3}));
  EXPECT_THAT(book.grants(7), IsEmpty()) << "nobody waits any more";
  book.waiting(first, 1000);
  EXPECT_THAT(book.grants(7), UnorderedElementsAre(grant{first, 7}));
  EXPECT_EQ(book.out(), 10u);
  EXPECT_EQ(book.waiting(), 993u);
}

TEST(credit_book, shares_among_shards_and_gives_one_what_another_does_not_need) {
  credit_book book;
  book.waiting(first, 100);
  book.waiting(second, 100);
  EXPECT_THAT(book.grants(10), UnorderedElementsAre(grant{first, 5}, grant{second, 5}));
  book.waiting(first, 1);
  size_t granted = 0;
  for (int round = 0; round < 2; ++round)
    for (const auto& g : book.grants(10)) granted += g.n;
  EXPECT_EQ(granted, 20u);
}

TEST(credit_book, takes_turns_when_there_is_one_credit) {
  credit_book book;
  book.waiting(first, 10);
  book.waiting(second, 10);
  auto one = book.grants(1);
  auto other = book.grants(1);
  ASSERT_EQ(one.size(), 1u);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_NE(one[0].shard, other[0].shard);
}

TEST(credit_book, knows_what_is_out_whatever_comes_back_how) {
  std::mt19937 random{7};
  credit_book book;
  std::vector<size_t> at_shard(3);
  for (int i = 0; i < 10'000; ++i) {
    auto s = random() % 3;
    book.waiting(shard_id{static_cast<uint16_t>(s)}, random() % 20);
    auto room = 32 - book.out();
    size_t given = 0;
    for (const auto& g : book.grants(room)) {
      at_shard[static_cast<size_t>(g.shard)] += g.n;
      given += g.n;
    }
    EXPECT_LE(given, room);
    auto back = random() % (at_shard[s] + 1);
    at_shard[s] -= back;
    book.came_back(shard_id{static_cast<uint16_t>(s)}, back);
    ASSERT_EQ(book.out(), at_shard[0] + at_shard[1] + at_shard[2]);
  }
}

TEST(credit_book, does_not_go_below_nothing) {
  credit_book book;
  book.came_back(second, 3);
  EXPECT_EQ(book.out(), 0u);
}

}  // namespace
}  // namespace cartwheel
