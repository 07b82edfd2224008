#include "runtime/base/duration.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(duration, reads_what_the_configuration_page_shows) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("20s"), 20s);
  EXPECT_EQ(parse_duration("20m"), 20min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("7d"), std::chrono::days{7});
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("007s"), 7s);
  EXPECT_EQ(parse_duration("100000d"), std::chrono::days{100'000});
}

TEST(duration, refuses_everything_else) {
  for (auto text : {"", "s", "20", "20 s", " 20s", "20s ", "-1s", "+1s", "1.5h", "1h30m", "20S", "20min", "1w", "0x1s",
                    "100001d", "99999999999999999999s", "9223372036854775807d"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(duration, prints_as_people_write) {
  EXPECT_EQ(print_duration(0ms), "0s");
  EXPECT_EQ(print_duration(1ms), "1ms");
  EXPECT_EQ(print_duration(500ms), "500ms");
  EXPECT_EQ(print_duration(1s), "1s");
  EXPECT_EQ(print_duration(1001ms), "1001ms");
  EXPECT_EQ(print_duration(60s), "60s");
  EXPECT_EQ(print_duration(20min), "20m");
  EXPECT_EQ(print_duration(1h), "1h");
  EXPECT_EQ(print_duration(90min), "90m");
  EXPECT_EQ(print_duration(24h), "24h");
  EXPECT_EQ(print_duration(48h), "2d");
  EXPECT_EQ(print_duration(std::chrono::days{7}), "7d");
}

TEST(duration, what_is_printed_reads_back) {
  for (int64_t ms = 1; ms < 10'000'000'000; ms = ms * 3 + 1)
    EXPECT_EQ(parse_duration(print_duration(milliseconds{ms})), milliseconds{ms}) << ms;
}

}  // namespace
}  // namespace cartwheel
