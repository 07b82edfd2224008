#include "actors/shard/ebb.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(ebb, is_when_carts_are_fewer_than_at_the_most) {
  ebb carts;
  EXPECT_FALSE(carts.at(0));
  EXPECT_FALSE(carts.at(1'000'000));
  EXPECT_FALSE(carts.at(1'000'000 - 15'624)) << "they come and go";
  EXPECT_TRUE(carts.at(1'000'000 - 15'625));
  EXPECT_TRUE(carts.at(0));
  EXPECT_FALSE(carts.at(999'999)) << "as many again";
}

TEST(ebb, of_a_few_carts_is_none) {
  ebb carts;
  EXPECT_FALSE(carts.at(4'095));
  EXPECT_FALSE(carts.at(0));
  EXPECT_FALSE(carts.at(4'096));
  EXPECT_TRUE(carts.at(0));
}

TEST(ebb, is_over_when_it_is_calm) {
  ebb carts;
  EXPECT_FALSE(carts.at(100'000));
  EXPECT_TRUE(carts.at(10'000));
  carts.calm(10'000);
  EXPECT_FALSE(carts.at(10'000));
  EXPECT_FALSE(carts.at(50'000));
  EXPECT_TRUE(carts.at(40'000));
}

}  // namespace
}  // namespace cartwheel
