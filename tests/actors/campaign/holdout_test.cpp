#include "actors/campaign/holdout.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(holdout, takes_the_share_it_is_told) {
  constexpr unsigned carts = 100'000;
  for (unsigned percent : {0u, 1u, 10u, 50u, 100u}) {
    unsigned held = 0;
    for (unsigned i = 0; i < carts; ++i) held += is_held_out("shop", "cart-" + std::to_string(i), percent);
    EXPECT_NEAR(held, carts / 100 * percent, 300) << percent;
  }
}

TEST(holdout, a_greater_share_holds_the_smaller_one) {
  for (unsigned i = 0; i < 1'000; ++i) {
    const auto cart = "cart-" + std::to_string(i);
    EXPECT_TRUE(!is_held_out("shop", cart, 10) || is_held_out("shop", cart, 20)) << cart;
  }
}

TEST(holdout, is_the_same_in_every_process) {
  // Fixed: a cart that changed sides would be compared with itself.
  unsigned held = 0;
  for (unsigned i = 0; i < 20; ++i) held = held << 1 | is_held_out("shop", "cart-" + std::to_string(i), 50);
  EXPECT_EQ(held, 793'880u);
}

}  // namespace
}  // namespace cartwheel
