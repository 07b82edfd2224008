#include "transport/smtp/connection_target.hpp"

#include "transport/smtp/limits.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace cartwheel::smtp {
namespace {

using namespace std::chrono_literals;

const connection_target::time_point start{1000s};

size_t judged_until(connection_target& t, size_t value, std::chrono::nanoseconds waited) {
  size_t mails = 0;
  for (; t.value() < value && mails < 10'000; ++mails) t.answered(waited);
  return mails;
}

TEST(connection_target, starts_with_one_and_grows_quickly_to_the_threshold) {
  connection_target t{20};
  EXPECT_EQ(t.value(), 1u);
  EXPECT_EQ(judged_until(t, limits::slow_start_connections, 1ms), limits::slow_start_connections - 1);
}

TEST(connection_target, then_by_one_for_as_many_mails_as_connections) {
  connection_target t{20};
  judged_until(t, 4, 1ms);
  EXPECT_EQ(judged_until(t, 5, 1ms), 4u);
  EXPECT_EQ(judged_until(t, 6, 1ms), 5u);
  judged_until(t, 20, 1ms);
  for (int i = 0; i < 1000; ++i) t.answered(1ms);
  EXPECT_EQ(t.value(), 20u);
}

TEST(connection_target, halves_once_for_one_push) {
  connection_target t{16};
  judged_until(t, 16, 1ms);
  for (int i = 0; i < 10; ++i) t.pushed_back(start + i * 10ms);
  EXPECT_EQ(t.value(), 8u);
  t.pushed_back(start + 2s);
  EXPECT_EQ(t.value(), 4u);
  EXPECT_EQ(judged_until(t, 5, 1ms), 4u) << "no slow start behind a push";
  for (int i = 0; i < 10; ++i) t.pushed_back(start + 10s + i * 2s);
  EXPECT_EQ(t.value(), 1u);
}

TEST(connection_target, does_not_grow_on_a_relay_that_slows_down) {
  connection_target t{50};
  judged_until(t, 8, 30ms);
  const auto before = t.value();
  for (int i = 0; i < 1000; ++i) t.answered(100ms);
  EXPECT_LE(t.value(), before + limits::replies_remembered / before);
  const auto held = t.value();
  for (size_t i = 0; i < 2 * limits::replies_remembered; ++i) t.answered(30ms);
  EXPECT_GT(t.value(), held) << "it recovered";
}

TEST(connection_target, does_not_care_for_what_nobody_notices) {
  connection_target t{50};
  judged_until(t, 8, 50us);
  judged_until(t, 50, 5ms);
  EXPECT_EQ(t.value(), 50u);
}

}  // namespace
}  // namespace cartwheel::smtp
