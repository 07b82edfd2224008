#include "actors/gateway/tag_pattern.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(tag_pattern, two_stars_stand_for_any_number_of_parts) {
  tag_pattern p{"cartwheel.**"};
  EXPECT_TRUE(p.matches("cartwheel"));
  EXPECT_TRUE(p.matches("cartwheel.events"));
  EXPECT_TRUE(p.matches("cartwheel.events.nl"));
  EXPECT_FALSE(p.matches("cartwheels.events"));
  EXPECT_FALSE(p.matches("other"));
  EXPECT_FALSE(p.matches(""));
}

TEST(tag_pattern, one_star_stands_for_one_part) {
  tag_pattern p{"shop.*.events"};
  EXPECT_TRUE(p.matches("shop.nl.events"));
  EXPECT_FALSE(p.matches("shop.events"));
  EXPECT_FALSE(p.matches("shop.nl.be.events"));
}

TEST(tag_pattern, everything_and_nothing_special) {
  EXPECT_TRUE(tag_pattern{"**"}.matches("anything.at.all"));
  EXPECT_TRUE(tag_pattern{"a.**.z"}.matches("a.b.c.z"));
  EXPECT_TRUE(tag_pattern{"a.**.z"}.matches("a.z"));
  EXPECT_FALSE(tag_pattern{"a.b"}.matches("a.b.c"));
}

TEST(tag_pattern, a_tag_of_endless_parts_matches_nothing) {
  std::string tag = "cartwheel";
  for (int i = 0; i < 1000; ++i) tag += ".x";
  EXPECT_FALSE(tag_pattern{"**.**.**.**.y"}.matches(tag));
}

}  // namespace
}  // namespace cartwheel
