// Quiet and peak hours by the clock of whoever gets the mail, where clocks are moved most of all.
#include "actors/campaign/send_window.hpp"

#include "actors/event/moment.hpp"

#include <fmt/chrono.h>
#include <gtest/gtest.h>
#include <unicode/gregocal.h>

#include <map>
#include <random>

namespace cartwheel {
namespace {

time_zone_code zone(std::string_view name) {
  auto code = time_zone_code::of(name);
  EXPECT_TRUE(code.given()) << name;
  return code;
}

instant utc(std::string_view text) { return parse_rfc3339(text).value(); }
std::string in_utc(instant t) {
  const auto s = std::chrono::floor<std::chrono::seconds>(t);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}{}Z", s, t == s ? "" : fmt::format(".{:03}", (t - s).count()));
}

/// When a mail may leave that is asked for at `asked`, as UTC.
std::string opens(const send_hours& hours, std::string_view where, std::string_view asked) {
  send_window window{hours};
  return in_utc(window.opens(zone(where), utc(asked)));
}

const send_hours night{"21:00-08:00", "", 0s};

TEST(send_window, without_hours_everything_leaves_at_once) {
  send_window window{send_hours{}};
  EXPECT_TRUE(window.always());
  EXPECT_EQ(window.opens(zone("Europe/Amsterdam"), utc("2026-01-01T02:00:00Z")), utc("2026-01-01T02:00:00Z"));
  EXPECT_EQ(window.closes(zone("Europe/Amsterdam"), utc("2026-01-01T02:00:00Z")), std::nullopt);
}

TEST(send_window, a_night_is_by_the_shoppers_own_clock) {
  EXPECT_EQ(opens(night, "Europe/Amsterdam", "2026-01-15T19:59:59Z"), "2026-01-15T19:59:59Z") << "20:59:59 there";
  EXPECT_EQ(opens(night, "Europe/Amsterdam", "2026-01-15T20:00:00Z"), "2026-01-16T07:00:00Z");
  EXPECT_EQ(opens(night, "America/New_York", "2026-01-15T20:00:00Z"), "2026-01-15T20:00:00Z") << "15:00 there";
  EXPECT_EQ(opens(night, "America/New_York", "2026-01-16T02:00:00Z"), "2026-01-16T13:00:00Z");
  send_window window{night};
  EXPECT_EQ(window.opens({}, utc("2026-01-15T21:30:00Z")), utc("2026-01-16T08:00:00Z")) << "nobody's zone is UTC";
}

TEST(send_window, offsets_need_not_be_whole_hours) {
  EXPECT_EQ(opens(night, "Asia/Kathmandu", "2026-01-15T15:15:00Z"), "2026-01-16T02:15:00Z") << "+05:45";
  EXPECT_EQ(opens(night, "Asia/Kathmandu", "2026-01-15T15:14:59Z"), "2026-01-15T15:14:59Z");
  EXPECT_EQ(opens(night, "Asia/Kolkata", "2026-01-15T15:30:00Z"), "2026-01-16T02:30:00Z") << "+05:30";
  EXPECT_EQ(opens(night, "Australia/Lord_Howe", "2026-01-15T10:00:00Z"), "2026-01-15T21:00:00Z") << "+11 in summer";
  EXPECT_EQ(opens(night, "Australia/Lord_Howe", "2026-07-15T11:00:00Z"), "2026-07-15T21:30:00Z") << "+10:30 in winter";
}

TEST(send_window, a_night_in_which_clocks_go_forward_is_shorter) {
  EXPECT_EQ(opens(night, "Europe/Amsterdam", "2026-03-28T20:00:00Z"), "2026-03-29T06:00:00Z") << "+01 to +02";
  EXPECT_EQ(opens(night, "Europe/Amsterdam", "2026-10-24T19:00:00Z"), "2026-10-25T07:00:00Z") << "+02 to +01";
}

TEST(send_window, quiet_hours_that_end_in_a_skipped_hour_end_with_it) {
  // Amsterdam, 29 March 2026: 02:00 to 03:00 is skipped, at 01:00 UTC.
  EXPECT_EQ(opens({"21:00-02:30", "", 0s}, "Europe/Amsterdam", "2026-03-28T23:00:00Z"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(opens({"02:30-04:00", "", 0s}, "Europe/Amsterdam", "2026-03-29T00:59:59Z"), "2026-03-29T00:59:59Z");
  EXPECT_EQ(opens({"02:30-04:00", "", 0s}, "Europe/Amsterdam", "2026-03-29T01:00:00Z"), "2026-03-29T02:00:00Z");
  EXPECT_EQ(opens({"", "02:15-02:45", 0s}, "Europe/Amsterdam", "2026-03-28T12:00:00Z"), "2026-03-30T00:15:00Z")
    << "peak hours in it do not come that day";
}

TEST(send_window, quiet_hours_in_a_doubled_hour_last_until_its_second_passing) {
  // Amsterdam, 25 October 2026: 02:00 to 03:00 comes twice, from 00:00 UTC and from 01:00 UTC on.
  const send_hours early{"21:00-02:30", "", 0s};
  EXPECT_EQ(opens(early, "Europe/Amsterdam", "2026-10-24T23:00:00Z"), "2026-10-25T01:30:00Z");
  EXPECT_EQ(opens(early, "Europe/Amsterdam", "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z")
    << "02:30 by the first passing, and 02:00 to 02:30 is still to come";
  const send_hours late{"02:30-08:00", "", 0s};
  EXPECT_EQ(opens(late, "Europe/Amsterdam", "2026-10-25T00:29:59Z"), "2026-10-25T00:29:59Z");
  EXPECT_EQ(opens(late, "Europe/Amsterdam", "2026-10-25T00:30:00Z"), "2026-10-25T07:00:00Z");
  EXPECT_EQ(opens(late, "Europe/Amsterdam", "2026-10-25T01:10:00Z"), "2026-10-25T07:00:00Z")
    << "02:10 by the second passing; quiet since 02:30 by the first";
  const send_hours within{"02:10-02:20", "", 0s};
  EXPECT_EQ(opens(within, "Europe/Amsterdam", "2026-10-25T00:05:00Z"), "2026-10-25T00:05:00Z");
  EXPECT_EQ(opens(within, "Europe/Amsterdam", "2026-10-25T00:15:00Z"), "2026-10-25T01:20:00Z");
  EXPECT_EQ(opens({"", "02:15-02:45", 0s}, "Europe/Amsterdam", "2026-10-25T00:50:00Z"), "2026-10-25T01:15:00Z")
    << "peak hours in it come twice";
}

TEST(send_window, a_half_hour_comes_twice_on_lord_howe) {
  // 5 April 2026: 01:30 to 02:00 comes twice, from 14:30 and from 15:00 UTC of the 4th on.
  const send_hours hours{"21:00-01:45", "", 0s};
  EXPECT_EQ(opens(hours, "Australia/Lord_Howe", "2026-04-04T12:00:00Z"), "2026-04-04T15:15:00Z");
  EXPECT_EQ(opens(hours, "Australia/Lord_Howe", "2026-04-04T14:45:00Z"), "2026-04-04T15:15:00Z");
}

TEST(send_window, a_whole_day_was_skipped_on_apia) {
  // Samoa went from the 29th of December 2011 to the 31st.
  EXPECT_EQ(opens(night, "Pacific/Apia", "2011-12-30T08:00:00Z"), "2011-12-30T18:00:00Z") << "the 31st, 08:00";
  EXPECT_EQ(opens({"Thu, Fri", "", 0s}, "Pacific/Apia", "2011-12-29T20:00:00Z"), "2011-12-30T10:00:00Z")
    << "there was no Friday";
  EXPECT_EQ(opens({"", "Fri", 0s}, "Pacific/Apia", "2011-12-29T20:00:00Z"), "2012-01-05T10:00:00Z");
}

TEST(send_window, days_of_leap_years_and_the_ends_of_years_are_days) {
  EXPECT_EQ(opens({"Thu", "", 0s}, "Europe/Amsterdam", "2024-02-29T12:00:00Z"), "2024-02-29T23:00:00Z");
  EXPECT_EQ(opens(night, "Europe/Amsterdam", "2024-02-28T22:00:00Z"), "2024-02-29T07:00:00Z");
  EXPECT_EQ(opens(night, "Europe/Amsterdam", "2026-12-31T22:00:00Z"), "2027-01-01T07:00:00Z");
  EXPECT_EQ(opens({"Sun, 21:00-08:00", "", 0s}, "Europe/Amsterdam", "2026-01-17T20:00:00Z"), "2026-01-19T07:00:00Z")
    << "from Saturday's evening to Monday's morning";
}

TEST(send_window, peak_hours_that_are_quiet_are_quiet) {
  EXPECT_EQ(opens({"21:00-08:00", "18:00-22:00", 0s}, "Etc/UTC", "2026-01-15T20:59:00Z"), "2026-01-15T20:59:00Z");
  EXPECT_EQ(opens({"21:00-08:00", "18:00-22:00", 0s}, "Etc/UTC", "2026-01-15T21:00:00Z"), "2026-01-16T18:00:00Z");
  EXPECT_TRUE((send_hours{"21:00-08:00", "18:00-22:00"}).ever());
  EXPECT_FALSE((send_hours{"18:00-08:00", "19:00-22:00"}).ever());
  EXPECT_FALSE((send_hours{"00:00-24:00", ""}).ever());
}

TEST(send_window, what_had_to_wait_leaves_over_the_spread) {
  send_window window{{"21:00-08:00", "", 30min}};
  const auto there = zone("Etc/UTC");
  EXPECT_EQ(window.leaves(there, utc("2026-01-15T20:59:59Z"), 77), utc("2026-01-15T20:59:59Z")) << "did not wait";
  std::map<instant, int> leaving;
  std::mt19937_64 dice{1};
  for (int i = 0; i < 18'000; ++i) {
    const auto hash = dice();
    const auto at = window.leaves(there, utc("2026-01-15T23:00:00Z"), hash);
    EXPECT_EQ(at, window.leaves(there, utc("2026-01-16T03:00:00Z"), hash)) << "whenever in the night it was asked";
    ++leaving[at];
  }
  EXPECT_EQ(leaving.begin()->first, utc("2026-01-16T08:00:00Z"));
  EXPECT_EQ(leaving.rbegin()->first, utc("2026-01-16T08:30:00Z"));
  for (const auto& [at, n] : leaving) EXPECT_LT(n, 40) << "10 a second";
  // Nor later than the hours that it waited for.
  send_window brief{{"", "18:00-18:05", 30min}};
  for (int i = 0; i < 1000; ++i) {
    const auto at = brief.leaves(there, utc("2026-01-15T12:00:00Z"), dice());
    EXPECT_GE(at, utc("2026-01-15T18:00:00Z"));
    EXPECT_LT(at, utc("2026-01-15T18:05:00Z"));
  }
}

TEST(send_window, asked_again_and_out_of_order_it_says_the_same) {
  const std::vector<std::string> names{"Europe/Amsterdam", "Australia/Lord_Howe", "Pacific/Apia"};
  send_window used{night};
  std::mt19937_64 dice{2};
  for (int i = 0; i < 2000; ++i) {
    const auto there = zone(names[dice() % names.size()]);
    const auto asked = from_unix_ms(1'300'000'000'000 + static_cast<int64_t>(dice() % 600'000'000'000));
    send_window fresh{night};
    ASSERT_EQ(used.opens(there, asked), fresh.opens(there, asked)) << there.name() << " " << in_utc(asked);
  }
}

// By another way ------------------------------------------------------------------------------------------------------

/// A minute on somebody's wall, by ICU's calendar.
struct wall_minute {
  int64_t label = 0;  // minutes since year 0, as if every month had 31 days
  size_t of_week = 0;
};

class wall {
 public:
  explicit wall(time_zone_code zone)
      : calendar_{icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(std::string{zone.name()})), error_} {}

  wall_minute at(instant t) {
    calendar_.setTime(static_cast<UDate>(unix_ms(t)), error_);
    auto get = [&](UCalendarDateFields f) { return static_cast<int64_t>(calendar_.get(f, error_)); };
    const auto minute = get(UCAL_HOUR_OF_DAY) * 60 + get(UCAL_MINUTE);
    const auto day = (get(UCAL_YEAR) * 12 + get(UCAL_MONTH)) * 31 + get(UCAL_DATE);
    const auto monday_is_0 = (get(UCAL_DAY_OF_WEEK) + 5) % 7;
    EXPECT_TRUE(U_SUCCESS(error_));
    return {day * minutes_of_day + minute, static_cast<size_t>(monday_is_0 * minutes_of_day + minute)};
  }

 private:
  UErrorCode error_ = U_ZERO_ERROR;
  icu::GregorianCalendar calendar_;
};

/// Whether mail may leave, for each of the minutes from `from` on: walked one by one. Hours that the wall shows twice are
/// quiet from the first to the last of their minutes that is.
std::vector<bool> walked(const send_hours& hours, time_zone_code zone, instant from, size_t n) {
  const auto quiet = read_week_hours(hours.quiet).value();
  const auto peak = read_week_hours(hours.peak).value();
  wall on{zone};
  std::vector<wall_minute> minutes;
  std::map<int64_t, std::vector<size_t>> shown;
  for (size_t i = 0; i < n; ++i) {
    minutes.push_back(on.at(from + std::chrono::minutes{i}));
    shown[minutes.back().label].push_back(i);
  }
  std::vector<bool> is_quiet(n);
  for (size_t i = 0; i < n; ++i) is_quiet[i] = quiet[minutes[i].of_week];
  for (size_t i = 0; i < n;) {
    if (shown[minutes[i].label].size() == 1) {
      ++i;
      continue;
    }
    auto end = i;
    while (end < n && shown[minutes[end].label].size() > 1) ++end;
    auto first = i;
    while (first < end && !quiet[minutes[first].of_week]) ++first;
    auto last = end;
    while (last > first && !quiet[minutes[last - 1].of_week]) --last;
    for (auto k = first; k < last; ++k) is_quiet[k] = true;
    i = end;
  }
  std::vector<bool> may(n);
  for (size_t i = 0; i < n; ++i) may[i] = !is_quiet[i] && (hours.peak.empty() || peak[minutes[i].of_week]);
  return may;
}

class any_hours {
 public:
  explicit any_hours(uint64_t seed) : dice_{seed} {}
  std::string time() {
    // Where clocks are moved, at times.
    const auto hour = dice_() % 2 == 0 ? dice_() % 4 : dice_() % 24;
    char text[6];
    std::snprintf(text, sizeof text, "%02u:%02u", static_cast<unsigned>(hour), static_cast<unsigned>(dice_() % 60));
    return text;
  }
  std::string operator()() {
    static const std::vector<std::string> days{"", "", "", "Sun ", "Sat-Sun ", "Mon-Fri ", "Fri-Mon "};
    std::string all;
    for (auto n = dice_() % 3; n > 0; --n) {
      auto from = time();
      auto until = time();
      if (from == until) continue;
      all += (all.empty() ? "" : ", ") + days[dice_() % days.size()] + from + "-" + until;
    }
    return all;
  }

 private:
  std::mt19937_64 dice_;
};

TEST(send_window, it_opens_as_a_walk_minute_by_minute_says) {
  // Around the days on which clocks were moved, and any days.
  const std::vector<std::pair<std::string, std::string>> places{
    {"Europe/Amsterdam", "2026-03-28T12:00:00Z"},
    {"Europe/Amsterdam", "2026-10-24T12:00:00Z"},
    {"Europe/Amsterdam", "2026-12-30T12:00:00Z"},
    {"America/New_York", "2026-03-07T12:00:00Z"},
    {"America/New_York", "2026-10-31T12:00:00Z"},
    {"Asia/Kathmandu", "2024-02-28T12:00:00Z"},
    {"Australia/Lord_Howe", "2026-04-03T12:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-02T12:00:00Z"},
    {"Pacific/Apia", "2011-12-29T00:00:00Z"},
    {"Africa/Casablanca", "2026-02-14T12:00:00Z"},
    {"America/St_Johns", "2006-10-28T12:00:00Z"},
    {"Antarctica/Troll", "2026-10-24T12:00:00Z"},
    {"Etc/UTC", "2026-06-01T12:00:00Z"},
    {"Pacific/Kwajalein", "1993-08-20T00:00:00Z"},
  };
  std::mt19937_64 dice{3};
  any_hours hours{4};
  int waited = 0;
  for (int round = 0; round < 140; ++round) {
    const auto& [name, day] = places[static_cast<size_t>(round) % places.size()];
    const send_hours tried{hours(), hours(), 0s};
    if (!tried.ever()) continue;
    const auto there = zone(name);
    const auto begin = utc(day) - 24h;
    constexpr size_t n = 20 * 24 * 60;
    const auto may = walked(tried, there, begin, n);
    send_window window{tried};
    for (int i = 0; i < 60; ++i) {
      const auto asked = begin + 6h + milliseconds{dice() % uint64_t(milliseconds{72h}.count())};
      const auto minute = static_cast<size_t>((asked - begin) / 1min);
      auto k = minute;
      while (k < n && !may[k]) ++k;
      ASSERT_LT(k, n);
      const auto expected = k == minute ? asked : begin + std::chrono::minutes{k};
      const auto told = [&] {
        return name + " quiet " + tried.quiet + " peak " + tried.peak + " asked " + in_utc(asked);
      };
      ASSERT_EQ(in_utc(window.opens(there, asked)), in_utc(expected)) << told();
      while (k < n && may[k]) ++k;
      if (k < n && !window.always()) {
        ASSERT_EQ(in_utc(window.closes(there, expected).value()), in_utc(begin + std::chrono::minutes{k})) << told();
      }
      waited += expected > asked;
    }
  }
  EXPECT_GT(waited, 1000);
}

TEST(send_window, any_zone_at_any_time_is_answered) {
  std::mt19937_64 dice{5};
  send_window window{{"21:00-08:00, Sun", "10:00-20:00", 30min}};
  for (uint16_t number = 1; number <= time_zone_code::count(); ++number) {
    const time_zone_code there{number};
    const auto asked = from_unix_ms(static_cast<int64_t>(dice() % 4'000'000'000'000));
    const auto at = window.opens(there, asked);
    EXPECT_GE(at, asked) << there.name();
    EXPECT_LT(at, asked + std::chrono::days{4}) << there.name();
    EXPECT_EQ(window.opens(there, at), at) << there.name() << ": and stands open then";
    const auto minute = window.minute_of_day(there, at);
    EXPECT_TRUE(minute >= 600 && minute < 1200) << there.name() << " " << minute;
  }
}

}  // namespace
}  // namespace cartwheel
