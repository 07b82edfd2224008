#include "runtime/metrics.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace cartwheel {
namespace {

TEST(metrics_page, writes_a_family_and_its_samples) {
  metrics_page page;
  page.family("cartwheel_carts_active", "gauge", "Carts held as actors.");
  page.sample(uint64_t{12});
  page.family("cartwheel_events_total", "counter", "Events by kind and what became of them.");
  page.sample(uint64_t{3}, {{"event", "cart_updated"}, {"result", "applied"}});
  page.sample(uint64_t{0}, {{"event", "other"}, {"result", "ignored"}});
  page.family("cartwheel_ingest_lag_seconds", "gauge", "Distance to the watermark.");
  page.sample(0.25, {{"shop", "example"}});
  EXPECT_EQ(page.take(),
            "# HELP cartwheel_carts_active Carts held as actors.\n"
            "# TYPE cartwheel_carts_active gauge\n"
            "cartwheel_carts_active 12\n"
            "# HELP cartwheel_events_total Events by kind and what became of them.\n"
            "# TYPE cartwheel_events_total counter\n"
            "cartwheel_events_total{event=\"cart_updated\",result=\"applied\"} 3\n"
            "cartwheel_events_total{event=\"other\",result=\"ignored\"} 0\n"
            "# HELP cartwheel_ingest_lag_seconds Distance to the watermark.\n"
            "# TYPE cartwheel_ingest_lag_seconds gauge\n"
            "cartwheel_ingest_lag_seconds{shop=\"example\"} 0.25\n");
}

TEST(metrics_page, escapes_label_values) {
  metrics_page page;
  page.family("x", "gauge", "X.");
  page.sample(uint64_t{1}, {{"shop", "C:\\shop \"one\"\nand {two}, \xc3\xbc"}});
  EXPECT_EQ(page.take(),
            "# HELP x X.\n# TYPE x gauge\n"
            "x{shop=\"C:\\\\shop \\\"one\\\"\\nand {two}, \xc3\xbc\"} 1\n");
}

TEST(metrics_page, writes_numbers_that_read_back_exactly) {
  metrics_page page;
  page.family("x", "gauge", "X.");
  page.sample(std::numeric_limits<uint64_t>::max());
  page.sample(0.1);
  page.sample(1e300);
  page.sample(-2.0);
  EXPECT_EQ(page.take(), "# HELP x X.\n# TYPE x gauge\nx 18446744073709551615\nx 0.1\nx 1e+300\nx -2\n");
}

TEST(histogram, counts_a_value_at_its_bound_below_it) {
  constexpr std::array<double, 3> bounds{0.1, 1, 10};
  histogram h{bounds};
  h.observe(0);
  h.observe(0.1);
  h.observe(0.11);
  h.observe(1);
  h.observe(10.5, 3);
  EXPECT_EQ(h.in_bucket(0), 2u);
  EXPECT_EQ(h.in_bucket(1), 2u);
  EXPECT_EQ(h.in_bucket(2), 0u);
  EXPECT_EQ(h.in_bucket(3), 3u);
  EXPECT_DOUBLE_EQ(h.sum(), 0.1 + 0.11 + 1 + 3 * 10.5);
}

TEST(histogram, is_written_cumulative_and_summed_over_its_writers) {
  constexpr std::array<double, 3> bounds{0.005, 0.5, 1};
  histogram one{bounds}, two{bounds};
  one.observe(0.001);
  one.observe(0.25, 2);
  two.observe(0.75);
  two.observe(4);
  two.observe(8);
  metrics_page page;
  page.family("cartwheel_ack_seconds", "histogram", "Until the ack.");
  const histogram* parts[] = {&one, &two};
  page.distribution(parts);
  EXPECT_EQ(page.take(),
            "# HELP cartwheel_ack_seconds Until the ack.\n"
            "# TYPE cartwheel_ack_seconds histogram\n"
            "cartwheel_ack_seconds_bucket{le=\"0.005\"} 1\n"
            "cartwheel_ack_seconds_bucket{le=\"0.5\"} 3\n"
            "cartwheel_ack_seconds_bucket{le=\"1\"} 4\n"
            "cartwheel_ack_seconds_bucket{le=\"+Inf\"} 6\n"
            "cartwheel_ack_seconds_sum 13.251\n"
            "cartwheel_ack_seconds_count 6\n");
}

TEST(histogram, without_writers_leaves_its_family_empty) {
  metrics_page page;
  page.family("x", "histogram", "X.");
  page.distribution({});
  EXPECT_EQ(page.take(), "# HELP x X.\n# TYPE x histogram\n");
}

TEST(histogram, latency_bounds_rise) {
  for (size_t i = 1; i < latency_bounds.size(); ++i) EXPECT_LT(latency_bounds[i - 1], latency_bounds[i]);
}

TEST(counters, are_read_while_they_are_raised) {
  counter own;
  shared_counter shared;
  gauge level;
  histogram h{latency_bounds};
  constexpr uint64_t rounds = 50'000;
  uint64_t seen = 0;
  {
    std::jthread writer{[&] {
      for (uint64_t i = 1; i <= rounds; ++i) {
        own.add(2);
        shared.add();
        level.set(static_cast<int64_t>(i));
        h.observe(0.001);
      }
    }};
    std::jthread other{[&] {
      for (uint64_t i = 1; i <= rounds; ++i) shared.add();
    }};
    while (seen < 2 * rounds) {
      uint64_t now = own.value();
      ASSERT_GE(now, seen);
      seen = now;
    }
  }
  EXPECT_EQ(own.value(), 2 * rounds);
  EXPECT_EQ(shared.value(), 2 * rounds);
  EXPECT_EQ(level.value(), static_cast<int64_t>(rounds));
  EXPECT_EQ(h.in_bucket(1), rounds);
  EXPECT_NEAR(h.sum(), 0.001 * static_cast<double>(rounds), 1e-6);
}

}  // namespace
}  // namespace cartwheel
