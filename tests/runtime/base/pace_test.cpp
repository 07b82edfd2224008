#include "runtime/base/pace.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using time_point = clock_type::time_point;

const time_point start{1000s};

TEST(pace, turns_are_even) {
  pace<clock_type> p{10};
  EXPECT_EQ(p.take(start), start);
  for (int i = 0; i < 5; ++i) p.take(start);
  EXPECT_EQ(p.take(start), start + 500ms) << "the first came a turn early at most";
}

TEST(pace, nothing_is_saved_up) {
  pace<clock_type> p{10};
  p.take(start);
  const auto later = start + 1h;
  int at_once = 0;
  while (p.take(later) == later) ++at_once;
  EXPECT_LE(at_once, 2);
}

TEST(pace, who_asks_a_little_late_loses_nothing) {
  pace<clock_type> p{100};
  size_t taken = 0;
  for (auto now = start; now < start + 60s; now += 7ms) {  // not a divisor of 10 ms
    if (p.next() > now) continue;
    p.take(now);
    ++taken;
  }
  EXPECT_NEAR(static_cast<double>(taken), 6000, 120) << "within two in a hundred";
}

}  // namespace
}  // namespace cartwheel
