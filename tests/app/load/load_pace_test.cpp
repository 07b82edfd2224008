#include "app/load/load_pace.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;

TEST(load_pace, is_as_fast_as_it_can_without_a_rate) {
  load_pace pace{0, 1, 4, 500};
  EXPECT_FALSE(pace.paced());
  EXPECT_EQ(pace.chunk_events(), 500u);
  EXPECT_EQ(pace.due(123'456), 0ns);
}

TEST(load_pace, is_exact_over_a_long_run) {
  load_pace pace{3'000'000, 0, 3, 500};
  EXPECT_EQ(pace.due(0), 0ns);
  EXPECT_EQ(pace.due(1'000'000), 1s);
  EXPECT_EQ(pace.due(3'600'000'000), 1h);
}

TEST(load_pace, chunks_shrink_with_the_rate) {
  EXPECT_EQ((load_pace{2'000'000, 0, 4, 500}.chunk_events()), 500u);
  EXPECT_EQ((load_pace{100'000, 0, 4, 500}.chunk_events()), 50u);  // 2 ms of 25,000 a second
  EXPECT_EQ((load_pace{10, 0, 4, 500}.chunk_events()), 1u);
}

TEST(load_pace, connections_take_turns) {
  // 1,000 a second over four: a chunk of one event each every 4 ms, a millisecond apart.
  for (uint32_t c = 0; c < 4; c++) {
    load_pace pace{1000, c, 4, 500};
    ASSERT_EQ(pace.chunk_events(), 1u);
    EXPECT_EQ(pace.due(0), c * 1ms);
    EXPECT_EQ(pace.due(10), c * 1ms + 40ms);
  }
}

}  // namespace
}  // namespace cartwheel
