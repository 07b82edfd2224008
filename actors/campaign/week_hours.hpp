#pragma once

#include <bitset>
#include <optional>
#include <string_view>

namespace cartwheel {

/// The minutes of a week on somebody's clock, from Monday 00:00 on.
constexpr int minutes_of_day = 24 * 60;
constexpr int minutes_of_week = 7 * minutes_of_day;
using week_hours = std::bitset<minutes_of_week>;

/// "21:00-08:00", "Mon-Fri 18:00-22:00, Sat 10:00-22:00", "Sun": hours of every day, or of days, or whole days, separated
/// by commas. Hours whose end is not later than their beginning go on past midnight and belong to the day they begin on;
/// the end itself is not among them. Days may go round the week's end ("Sat-Mon").
/// Errors: nothing for what does not read so, and for hours that begin and end alike (a whole day is 00:00-24:00).
/// Empty text: no minute.
std::optional<week_hours> read_week_hours(std::string_view text);

}  // namespace cartwheel
