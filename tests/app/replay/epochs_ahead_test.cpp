#include "app/replay/epochs_ahead.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(epochs_ahead, small_epochs_are_bounded_by_their_number) {
  epochs_ahead ahead{3, 100};
  EXPECT_EQ(ahead.add(1), 1u);
  EXPECT_EQ(ahead.add(0), 2u);
  EXPECT_EQ(ahead.add(1), 3u);
  EXPECT_EQ(ahead.add(1), 3u);
}

TEST(epochs_ahead, large_epochs_are_bounded_by_their_events) {
  epochs_ahead ahead{64, 100};
  EXPECT_EQ(ahead.add(40), 1u);
  EXPECT_EQ(ahead.add(60), 2u) << "as many events as may be";
  EXPECT_EQ(ahead.add(1), 2u);
  EXPECT_EQ(ahead.add(50), 2u) << "of 40, 60, 1 and 50 the last two are within 100";
  EXPECT_EQ(ahead.add(10), 3u);
}

TEST(epochs_ahead, one_may_be_under_way_however_large_it_is) {
  epochs_ahead ahead{64, 100};
  EXPECT_EQ(ahead.add(1000), 1u);
  EXPECT_EQ(ahead.add(1000), 1u);
  EXPECT_EQ(ahead.add(5), 1u);
  EXPECT_EQ(ahead.add(5), 2u);
}

}  // namespace
}  // namespace cartwheel
