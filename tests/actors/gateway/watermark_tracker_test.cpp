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

watermark_tracker started(watermark_tracker::options o, std::initializer_list<std::string_view> heard_before = {}) {
  watermark_tracker tracker;
  tracker.restart(o, t0 - 1h);
  for (auto shop : heard_before) hear(tracker, shop, t0 - 1h, t0 - 1h);
  tracker.restart(o, t0);
  return tracker;
}

TEST(watermark_tracker, newest_event_less_the_lag) {
  auto tracker = started({2s, 60s, 0s});
  hear(tracker, "a", t0 - 10s, t0);
  EXPECT_EQ(tracker.at(t0 + 1s)->of("a"), t0 - 12s);
  hear(tracker, "a", t0 - 30s, t0);  // an older one does not set it back
  EXPECT_EQ(tracker.at(t0 + 1s)->of("a"), t0 - 12s);
  EXPECT_EQ(tracker.lag(t0 + 1s), 11s);
}

TEST(watermark_tracker, a_silent_shop_counts_as_caught_up) {
  auto tracker = started({2s, 60s, 0s});
  hear(tracker, "a", t0 - 10min, t0);
  EXPECT_EQ(tracker.at(t0 + 59s)->of("a"), t0 - 10min - 2s);
  EXPECT_EQ(tracker.at(t0 + 60s)->of("a"), t0 + 60s);
  EXPECT_EQ(tracker.lag(t0 + 60s), 0s);
}

TEST(watermark_tracker, shops_wait_for_their_own_news_alone) {
  auto tracker = started({2s, 60s, 0s});
  hear(tracker, "behind", t0 - 10min, t0);
  hear(tracker, "abreast", t0, t0);
  auto marks = tracker.at(t0);
  EXPECT_EQ(marks->of("behind"), t0 - 10min - 2s);
  EXPECT_EQ(marks->of("abreast"), t0 - 2s);
  EXPECT_EQ(marks->of("never heard"), t0);
}

TEST(watermark_tracker, an_event_from_the_future_does_not_run_ahead_of_the_clock) {
  auto tracker = started({2s, 60s, 0s});
  hear(tracker, "a", t0 + 4min, t0);
  EXPECT_EQ(tracker.at(t0 + 1s)->of("a"), t0 + 1s);
}

TEST(watermark_tracker, holds_after_a_restart_until_every_shop_was_heard_or_time_is_up) {
  auto tracker = started({2s, 60s, 5min}, {"a", "b"});
  EXPECT_TRUE(tracker.holding(t0));
  hear(tracker, "a", t0, t0);
  EXPECT_TRUE(tracker.holding(t0 + 1s));
  hear(tracker, "b", t0, t0);
  EXPECT_FALSE(tracker.holding(t0 + 1s));
  auto alone = started({2s, 60s, 5min}, {"a"});
  EXPECT_TRUE(alone.holding(t0 + 5min - 1ms));
  EXPECT_FALSE(alone.holding(t0 + 5min));
}

TEST(watermark_tracker, an_empty_directory_holds_nothing) {
  auto tracker = started({2s, 60s, 0s});
  EXPECT_FALSE(tracker.holding(t0));
}

}  // namespace
}  // namespace cartwheel
