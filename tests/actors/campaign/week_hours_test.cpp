#include "actors/campaign/week_hours.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

/// Day 0 is Monday.
bool has(std::string_view text, int day, int hour, int minute = 0) {
  return read_week_hours(text).value().test(static_cast<size_t>((day * 24 + hour) * 60 + minute));
}

TEST(week_hours, hours_of_every_day_may_pass_midnight) {
  const auto night = read_week_hours("21:00-08:00").value();
  EXPECT_EQ(night.count(), 7u * 11 * 60);
  for (int day = 0; day < 7; ++day) {
    EXPECT_FALSE(has("21:00-08:00", day, 20, 59));
    EXPECT_TRUE(has("21:00-08:00", day, 21));
    EXPECT_TRUE(has("21:00-08:00", day, 7, 59)) << "Monday's morning belongs to Sunday's evening";
    EXPECT_FALSE(has("21:00-08:00", day, 8));
  }
}

TEST(week_hours, days_have_their_own) {
  EXPECT_EQ(read_week_hours("Sun").value().count(), 24u * 60);
  EXPECT_TRUE(has("Sun", 6, 23, 59));
  EXPECT_FALSE(has("Sun", 0, 0));
  EXPECT_EQ(read_week_hours("Sun 22:00-02:00").value().count(), 4u * 60);
  EXPECT_TRUE(has("Sun 22:00-02:00", 0, 1)) << "on Monday";
  EXPECT_FALSE(has("Sun 22:00-02:00", 6, 1));
  EXPECT_EQ(read_week_hours("Mon-Fri 18:00-22:00, Sat 10:00-22:00").value().count(), 32u * 60);
  EXPECT_EQ(read_week_hours("Sat-Mon").value().count(), 3u * 24 * 60) << "round the week's end";
  EXPECT_EQ(read_week_hours("21:00-08:00,Sun").value().count(), 7u * 11 * 60 + 13 * 60) << "what overlaps counts once";
  EXPECT_TRUE(read_week_hours("00:00-24:00").value().all());
  EXPECT_TRUE(read_week_hours("").value().none());
}

TEST(week_hours, what_does_not_read_so_is_refused) {
  for (const auto* text : {"21-08",
                           "21:00",
                           "21:00-",
                           "-08:00",
                           "21:00-21:00",
                           "24:00-08:00",
                           "21:60-08:00",
                           "25:00-26:00",
                           "21:00-08:00,",
                           ",",
                           "sun",
                           "Sunday",
                           "Sun-",
                           "Sun 21:00",
                           "Mon,Tue-",
                           "21:00–08:00",
                           "21:00-08:00 Sun",
                           "Mon-Fri-Sun",
                           "1:00-8:00",
                           "21:00-08:00-09:00",
                           "+1:00-08:00",
                           "a"})
    EXPECT_FALSE(read_week_hours(text)) << text;
}

}  // namespace
}  // namespace cartwheel
