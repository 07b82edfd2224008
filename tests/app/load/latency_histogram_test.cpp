#include "app/load/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;
using us = std::chrono::microseconds;

TEST(latency_histogram, is_empty_at_first) {
  latency_histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.quantile(0.99), 0ns);
  EXPECT_EQ(h.max(), 0ns);
}

TEST(latency_histogram, small_ones_are_exact) {
  latency_histogram h;
  for (int i = 1; i <= 50; i++) h.record(us{i});
  EXPECT_EQ(h.quantile(0.5), us{25});
  EXPECT_EQ(h.quantile(0), us{1});
  EXPECT_EQ(h.quantile(1), us{50});
}

TEST(latency_histogram, large_ones_are_within_a_64th) {
  for (auto d : {us{64}, us{127}, us{128}, us{1000}, us{4'999}, us{1'234'567}, us{60'000'000}, us{4'000'000'000}}) {
    latency_histogram h;
    h.record(d);
    h.record(3h);  // so that the maximum does not hide the bucket
    auto read = h.quantile(0.5);
    EXPECT_GE(read, d);
    EXPECT_LE(read, d + d / 64 + us{1});
  }
}

TEST(latency_histogram, finds_the_tail) {
  latency_histogram h;
  h.record(1ms, 9'990);
  h.record(80ms, 10);
  EXPECT_LT(h.quantile(0.99), 1100us);
  EXPECT_LT(h.quantile(0.999), 1100us);
  EXPECT_EQ(h.quantile(0.9991), 80ms);
  EXPECT_EQ(h.max(), 80ms);
}

TEST(latency_histogram, merges) {
  latency_histogram a, b;
  a.record(10us, 3);
  b.record(20us, 7);
  a.merge(b);
  EXPECT_EQ(a.count(), 10u);
  EXPECT_EQ(a.quantile(0.3), 10us);
  EXPECT_EQ(a.quantile(0.31), 20us);
}

TEST(latency_histogram, takes_what_is_out_of_range) {
  latency_histogram h;
  h.record(-5us);
  h.record(std::chrono::hours{24 * 365});
  EXPECT_EQ(h.count(), 2u);
  EXPECT_EQ(h.quantile(0.5), 0us);
}

}  // namespace
}  // namespace cartwheel
