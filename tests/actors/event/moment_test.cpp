#include "actors/event/moment.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

std::optional<int64_t> ms(std::string_view text) {
  auto moment = parse_rfc3339(text);
  return moment ? std::optional{unix_ms(*moment)} : std::nullopt;
}

TEST(moment, reads_rfc_3339) {
  EXPECT_EQ(ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ms("2023-11-14T22:13:20Z"), 1'700'000'000'000);
  EXPECT_EQ(ms("2023-11-14t22:13:20z"), 1'700'000'000'000);
  EXPECT_EQ(ms("2023-11-14T23:13:20+01:00"), 1'700'000'000'000);
  EXPECT_EQ(ms("2023-11-14T16:43:20-05:30"), 1'700'000'000'000);
  EXPECT_EQ(ms("2023-11-14T22:13:20-00:00"), 1'700'000'000'000);
  EXPECT_EQ(ms("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(ms("1969-12-31T23:30:00-01:00"), 1'800'000);
  EXPECT_EQ(ms("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
}

TEST(moment, cuts_fractions_to_milliseconds) {
  EXPECT_EQ(ms("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(ms("1970-01-01T00:00:01.25Z"), 1250);
  EXPECT_EQ(ms("1970-01-01T00:00:01.001Z"), 1001);
  EXPECT_EQ(ms("1970-01-01T00:00:01.9999999999999999999999Z"), 1999);
}

TEST(moment, takes_a_leap_second_for_the_second_after_it) {
  EXPECT_EQ(ms("2016-12-31T23:59:60Z"), ms("2017-01-01T00:00:00Z"));
  EXPECT_EQ(ms("2016-12-31T23:59:60.25Z"), ms("2017-01-01T00:00:00.25Z"));
  EXPECT_EQ(ms("2017-01-01T00:59:60+01:00"), ms("2017-01-01T00:00:00Z"));
  EXPECT_EQ(ms("2016-12-31T23:58:60Z"), std::nullopt);
  EXPECT_EQ(ms("2016-12-31T23:59:60+01:00"), std::nullopt);
}

TEST(moment, refuses_everything_else) {
  for (auto text : {"",
                    "2023",
                    "2023-11-14",
                    "2023-11-14T22:13:20",
                    "2023-11-14 22:13:20Z",
                    "2023-11-14T22:13Z",
                    "2023-11-14T22:13:20.Z",
                    "2023-11-14T22:13:20,5Z",
                    "2023-11-14T22:13:20+0100",
                    "2023-11-14T22:13:20+01",
                    "2023-11-14T22:13:20+24:00",
                    "2023-11-14T22:13:20+01:60",
                    "2023-11-14T24:00:00Z",
                    "2023-11-14T22:60:00Z",
                    "2023-11-14T22:13:61Z",
                    "2023-02-29T00:00:00Z",
                    "2023-13-01T00:00:00Z",
                    "2023-00-01T00:00:00Z",
                    "2023-01-00T00:00:00Z",
                    "2023-04-31T00:00:00Z",
                    "1969-12-31T23:59:59Z",
                    "9999-12-31T23:59:59-01:00",
                    "0000-01-01T00:00:00Z",
                    "2023-11-14T22:13:20Zx",
                    " 2023-11-14T22:13:20Z",
                    "20231114T221320Z",
                    "2023-1-14T22:13:20Z",
                    "1700000000000",
                    "2023-11-14T22:13:20 Z",
                    "+2023-11-14T22:13:20Z"}) {
    EXPECT_EQ(ms(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cartwheel
