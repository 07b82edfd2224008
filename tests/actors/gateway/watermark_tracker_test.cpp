#include "actors/gateway/watermark_tracker.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr instant t0 = from_unix_ms(1'700'000'000'000);

void hear(watermark_tracker& tracker, std::string_view shop, instant event_time, instant received) {
  event_batch batch;
  event e;
  e.shop = shop;
  e.time = event_time;
  e.details = &no_details;
  batch.events.push_back(e);
  tracker.note(batch, received);
}

TEST(watermark_tracker, newest_event_less_the_lag) {
  watermark_tracker tracker{{2s, 60s, 0s, {}}, t0};
  hear(tracker, "a", t0 - 10s, t0);
  EXPECT_EQ(tracker.at(t0 + 1s)->of("a"), t0 - 12s);
  hear(tracker, "a", t0 - 30s, t0);  // an older one does not set it back
  EXPECT_EQ(tracker.at(t0 + 1s)->of("a"), t0 - 12s);
  EXPECT_EQ(tracker.lag(t0 + 1s), 11s);
}

TEST(watermark_tracker, a_silent_shop_counts_as_caught_up) {
  watermark_tracker tracker{{2s, 60s, 0s, {}}, t0};
  hear(tracker, "a", t0 - 10min, t0);
  EXPECT_EQ(tracker.at(t0 + 59s)->of("a"), t0 - 10min - 2s);
  EXPECT_EQ(tracker.at(t0 + 60s)->of("a"), t0 + 60s);
  EXPECT_EQ(tracker.lag(t0 + 60s), 0s);
}

TEST(watermark_tracker, shops_wait_for_their_own_news_alone) {
  watermark_tracker tracker{{2s, 60s, 0s, {}}, t0};
  hear(tracker, "behind", t0 - 10min, t0);
  hear(tracker, "abreast", t0, t0);
  auto marks = tracker.at(t0);
  EXPECT_EQ(marks->of("behind"), t0 - 10min - 2s);
  EXPECT_EQ(marks->of("abreast"), t0 - 2s);
  EXPECT_EQ(marks->of("never heard"), t0);
}

TEST(watermark_tracker, an_event_from_the_future_does_not_run_ahead_of_the_clock) {
  watermark_tracker tracker{{2s, 60s, 0s, {}}, t0};
  hear(tracker, "a", t0 + 4min, t0);
  EXPECT_EQ(tracker.at(t0 + 1s)->of("a"), t0 + 1s);
}

TEST(watermark_tracker, holds_after_a_restart_until_every_shop_was_heard_or_time_is_up) {
  watermark_tracker tracker{{2s, 60s, 5min, {"a", "b"}}, t0};
  EXPECT_TRUE(tracker.holding(t0));
  hear(tracker, "a", t0, t0);
  EXPECT_TRUE(tracker.holding(t0 + 1s));
  hear(tracker, "b", t0, t0);
  EXPECT_FALSE(tracker.holding(t0 + 1s));
  watermark_tracker alone{{2s, 60s, 5min, {"a"}}, t0};
  EXPECT_TRUE(alone.holding(t0 + 5min - 1ms));
  EXPECT_FALSE(alone.holding(t0 + 5min));
}

TEST(watermark_tracker, an_empty_directory_holds_nothing) {
  watermark_tracker tracker{{2s, 60s, 0s, {}}, t0};
  EXPECT_FALSE(tracker.holding(t0));
}

}  // namespace
}  // namespace cartwheel
