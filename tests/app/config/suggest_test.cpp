#include "app/config/suggest.hpp"

#include <gtest/gtest.h>

namespace cartwheel::config {
namespace {

TEST(suggest, finds_the_nearest_name) {
  const std::vector<std::string> known{"listen", "insecure", "shared_key", "tag", "idle"};
  EXPECT_EQ(closest("listn", known), "listen");
  EXPECT_EQ(closest("lsiten", known), "listen");
  EXPECT_EQ(closest("sharedkey", known), "shared_key");
  EXPECT_EQ(closest("tags", known), "tag");
  EXPECT_EQ(closest("idel", known), "idle");
  EXPECT_EQ(closest("listen", known), "listen");
}

TEST(suggest, says_nothing_when_none_is_near) {
  EXPECT_FALSE(closest("colour", {"listen", "token"}));
  EXPECT_FALSE(closest("", {"listen"}));
  EXPECT_FALSE(closest("x", {}));
  EXPECT_FALSE(closest(std::string(1'000'000, 'x'), {"listen"}));
}

}  // namespace
}  // namespace cartwheel::config
