#include "transport/smtp/breaker.hpp"

#include "transport/smtp/limits.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace cartwheel::smtp {
namespace {

using namespace std::chrono_literals;

const breaker::time_point start{1000s};

TEST(breaker, pauses_grow_and_are_bounded) {
  breaker b{{1s, 60s, 7}};
  auto longest = 0ms;
  for (uint32_t i = 0; i < 200; ++i) {
    b.failed(start);
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(b.not_before() - start);
    EXPECT_GE(pause, 0ms);
    EXPECT_LE(pause, std::min<std::chrono::milliseconds>(60s, 1000ms * (int64_t{1} << std::min(i, 16U))));
    longest = std::max(longest, pause);
  }
  EXPECT_GT(longest, 50s);
}

TEST(breaker, opens_behind_failures_in_a_row_and_half_opens_after_the_pause) {
  breaker b{{1s, 60s, 7}};
  for (uint32_t i = 0; i + 1 < limits::failures_to_open; ++i) b.failed(start);
  EXPECT_EQ(b.state(start), breaker_state::closed);
  b.failed(start);
  ASSERT_GT(b.not_before(), start);
  EXPECT_EQ(b.state(start), breaker_state::open);
  EXPECT_EQ(b.state(b.not_before()), breaker_state::half_open);
  b.worked();
  EXPECT_EQ(b.state(b.not_before()), breaker_state::closed);
}

TEST(breaker, waits_half_of_a_pause_at_least_when_credentials_are_refused) {
  breaker b{{1s, 60s, 7}};
  for (uint32_t i = 0; i < 100; ++i) {
    b.turned_away(start);
    EXPECT_GE(b.not_before() - start,
              std::min<std::chrono::milliseconds>(60s, 1000ms * (int64_t{1} << std::min(i, 16U))) / 2);
  }
}

TEST(breaker, opens_on_a_relay_that_refuses_a_fifth_for_policy) {
  breaker b{{1s, 60s, 7}};
  int judged = 0;
  while (!b.recipient_judged(judged % 4 == 0, start)) ASSERT_LT(++judged, 1000);
  EXPECT_GE(judged, static_cast<int>(limits::recipients_remembered) - 1) << "not on the first few";
  EXPECT_NE(b.state(start), breaker_state::closed);
}

TEST(breaker, lives_with_some_policy_refusals) {
  breaker b{{1s, 60s, 7}};
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(b.recipient_judged(i % 6 == 0, start));
}

}  // namespace
}  // namespace cartwheel::smtp
