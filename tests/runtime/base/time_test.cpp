#include "runtime/base/time.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

// Tick T covers (T - 1 s, T]: an exact multiple is the last moment of its own tick, and that tick is complete at it.
static_assert(tick_of(from_unix_ms(0)) == from_unix_ms(0));
static_assert(tick_of(from_unix_ms(1)) == from_unix_ms(1000));
static_assert(tick_of(from_unix_ms(999)) == from_unix_ms(1000));
static_assert(tick_of(from_unix_ms(1000)) == from_unix_ms(1000));
static_assert(tick_of(from_unix_ms(1001)) == from_unix_ms(2000));
static_assert(tick_of(from_unix_ms(-1)) == from_unix_ms(0));
static_assert(tick_of(from_unix_ms(-1000)) == from_unix_ms(-1000));
static_assert(tick_of(from_unix_ms(-1001)) == from_unix_ms(-1000));

static_assert(last_tick(from_unix_ms(0)) == from_unix_ms(0));
static_assert(last_tick(from_unix_ms(1)) == from_unix_ms(0));
static_assert(last_tick(from_unix_ms(999)) == from_unix_ms(0));
static_assert(last_tick(from_unix_ms(1000)) == from_unix_ms(1000));
static_assert(last_tick(from_unix_ms(1001)) == from_unix_ms(1000));
static_assert(last_tick(from_unix_ms(-1)) == from_unix_ms(-1000));
static_assert(last_tick(from_unix_ms(-1000)) == from_unix_ms(-1000));

static_assert(unix_ms(from_unix_ms(1'732'147'200'123)) == 1'732'147'200'123);
static_assert(before_all < from_unix_ms(0) && from_unix_ms(0) < never);

TEST(ticks, cover_all_time_without_gap_or_overlap) {
  for (int64_t base : {int64_t{0}, int64_t{1'732'147'200'000}, int64_t{-5000}})
    for (int64_t ms = base; ms < base + 3001; ++ms) {
      instant t = from_unix_ms(ms);
      instant tick = tick_of(t);
      EXPECT_EQ(unix_ms(tick) % 1000, 0);
      EXPECT_LT(tick - tick_length, t);
      EXPECT_LE(t, tick);
      // The tick of a moment is complete at that moment only when it is an exact multiple, else one tick later.
      EXPECT_EQ(last_tick(t) == tick, ms % 1000 == 0);
      EXPECT_EQ(last_tick(tick), tick);
      EXPECT_LT(t - last_tick(t), tick_length);
    }
}

}  // namespace
}  // namespace cartwheel
