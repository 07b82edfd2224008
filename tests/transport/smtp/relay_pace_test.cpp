#include "transport/smtp/relay_pace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>

namespace cartwheel::smtp {
namespace {

using namespace std::chrono_literals;
using time_point = relay_pace::time_point;

/// A relay that takes `limit` a second and throttles the rest, over so many seconds of virtual time; a client that sends
/// as fast as its pace allows, at most `line` a second.
struct course {
  size_t accepted = 0;
  size_t throttled = 0;
};
course run(relay_pace& pace, double limit, std::chrono::seconds time, time_point from, double line = 5000) {
  course seen;
  cartwheel::pace<relay_pace::clock> relay{limit};
  const auto step = std::chrono::nanoseconds{static_cast<int64_t>(1e9 / line)};
  for (auto now = from; now < from + time; now += step) {
    if (pace.next() > now) continue;
    pace.pulled(now);
    if (relay.next() <= now) {
      relay.take(now);
      pace.accepted(now);
      ++seen.accepted;
    } else {
      pace.throttled(now);
      ++seen.throttled;
    }
  }
  return seen;
}

TEST(relay_pace, unbounded_until_told) {
  relay_pace p{0};
  EXPECT_FALSE(p.per_second());
  EXPECT_LE(p.next(), time_point{} + 1s);
}

TEST(relay_pace, keeps_what_the_configuration_allows) {
  relay_pace p{50};
  const auto seen = run(p, 1000, 60s, time_point{1000s});
  EXPECT_NEAR(static_cast<double>(seen.accepted), 50 * 60, 50 * 60 * 0.02);
  EXPECT_EQ(seen.throttled, 0u);
}

TEST(relay_pace, finds_the_rate_a_relay_takes) {
  for (const double limit : {14.0, 100.0, 500.0}) {
    SCOPED_TRACE(limit);
    relay_pace p{0};
    run(p, limit, 20s, time_point{1000s});
    const auto settled = run(p, limit, 60s, time_point{1020s});
    EXPECT_NEAR(static_cast<double>(settled.accepted), limit * 60, limit * 6) << "within ten in a hundred";
    EXPECT_LT(static_cast<double>(settled.throttled), 0.05 * static_cast<double>(settled.accepted));
  }
}

TEST(relay_pace, finds_a_raised_rate) {
  relay_pace p{0};
  run(p, 50, 20s, time_point{1000s});
  run(p, 100, 120s, time_point{1020s});
  EXPECT_GT(*p.per_second(), 85);
}

TEST(relay_pace, never_above_the_configuration_however_well_it_goes) {
  relay_pace p{20};
  run(p, 15, 20s, time_point{1000s});
  run(p, 1000, 600s, time_point{1020s});
  EXPECT_LE(*p.per_second(), 20);
}

TEST(relay_pace, a_used_up_day_is_a_pause) {
  relay_pace p{0};
  p.pause(time_point{5000s});
  EXPECT_EQ(p.next(), time_point{5000s});
}

}  // namespace
}  // namespace cartwheel::smtp
