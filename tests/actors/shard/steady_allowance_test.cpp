#include "actors/shard/steady_allowance.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'769'943'600'000);

int allowed(steady_allowance& a, instant now, int asked) {
  int n = 0;
  for (int i = 0; i < asked; ++i) n += a.allows(now);
  return n;
}

TEST(steady_allowance, so_many_at_once_and_then_as_time_goes_by) {
  steady_allowance a{10, 25};
  EXPECT_EQ(allowed(a, start, 100), 25);
  EXPECT_EQ(allowed(a, start + 50ms, 100), 0);
  EXPECT_EQ(allowed(a, start + 100ms, 100), 1);
  EXPECT_EQ(allowed(a, start + 1100ms, 100), 10);
}

TEST(steady_allowance, a_quiet_while_fills_it_and_no_more) {
  steady_allowance a{10, 25};
  allowed(a, start, 25);
  EXPECT_EQ(allowed(a, start + std::chrono::days{3650}, 100), 25);
}

TEST(steady_allowance, time_that_goes_back_gives_nothing_and_takes_nothing) {
  steady_allowance a{10, 25};
  allowed(a, start, 25);
  EXPECT_EQ(allowed(a, start - 1h, 100), 0);
  EXPECT_EQ(allowed(a, start, 100), 0);
  EXPECT_EQ(allowed(a, start + 1s, 100), 10);
}

}  // namespace
}  // namespace cartwheel
