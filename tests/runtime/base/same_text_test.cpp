#include "runtime/base/same_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

TEST(same_text, finds_each_byte_that_differs_at_each_length) {
  for (size_t n = 0; n <= 200; ++n) {
    const std::string one(n, 'a');
    std::string other = one;
    EXPECT_TRUE(same_text(one, other)) << n;
    for (size_t i = 0; i < n; ++i) {
      other[i] = 'b';
      EXPECT_FALSE(same_text(one, other)) << n << " bytes, byte " << i;
      other[i] = 'a';
    }
  }
}

TEST(same_text, takes_no_text_for_its_beginning) {
  EXPECT_FALSE(same_text("cart-1", "cart-12"));
  EXPECT_FALSE(same_text("", "a"));
  EXPECT_TRUE(same_text({}, ""));
}

TEST(same_text, reads_nothing_behind_either) {
  const std::string a = "cart-1|x", b = "cart-1|y";
  for (size_t n = 0; n <= 7; ++n)
    EXPECT_TRUE(same_text(std::string_view{a}.substr(0, n), std::string_view{b}.substr(0, n))) << n;
  EXPECT_FALSE(same_text(a, b));
}

}  // namespace
}  // namespace cartwheel
