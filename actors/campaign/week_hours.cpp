#include "actors/campaign/week_hours.hpp"

#include <algorithm>
#include <array>

namespace cartwheel {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Cuts off what stands in front of the mark, or everything; `rest` is null where there was no mark.
std::string_view cut(std::string_view& rest, char mark) {
  const auto at = rest.find(mark);
  const auto part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

/// "08:00" as a minute of the day; 24:00 is its end.
std::optional<int> clock_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(0, 2));
  const auto minute = two_digits(text.substr(3));
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const int at = *hour * 60 + *minute;
  return at <= minutes_of_day ? std::optional{at} : std::nullopt;
}

std::optional<int> day_of_week(std::string_view text) {
  constexpr std::array<std::string_view, 7> days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto i = std::ranges::find(days, text);
  return i == days.end() ? std::nullopt : std::optional{static_cast<int>(i - days.begin())};
}

/// From and to of "A-B".
std::optional<std::pair<std::string_view, std::string_view>> ends_of(std::string_view text) {
  const auto at = text.find('-');
  if (at == std::string_view::npos) return std::nullopt;
  return std::pair{text.substr(0, at), text.substr(at + 1)};
}

struct some_days {
  int first = 0;
  int count = 7;
};
struct some_hours {
  int from = 0;
  int length = minutes_of_day;
};

std::optional<some_days> days_of(std::string_view text) {
  const auto ends = ends_of(text);
  const auto first = day_of_week(ends ? ends->first : text);
  const auto last = day_of_week(ends ? ends->second : text);
  if (!first || !last) return std::nullopt;
  return some_days{*first, (*last - *first + 7) % 7 + 1};
}

std::optional<some_hours> hours_of(std::string_view text) {
  const auto ends = ends_of(text);
  if (!ends) return std::nullopt;
  const auto from = clock_time(ends->first);
  const auto until = clock_time(ends->second);
  if (!from || !until || *from == minutes_of_day || *from == *until) return std::nullopt;
  return some_hours{*from, *until > *from ? *until - *from : *until - *from + minutes_of_day};
}

bool add(std::string_view entry, week_hours& to) {
  auto rest = trimmed(entry);
  some_days days;
  some_hours hours;
  if (!rest.empty() && (rest.front() < '0' || rest.front() > '9')) {
    const auto named = days_of(cut(rest, ' '));
    if (!named) return false;
    days = *named;
    rest = trimmed(rest);
    if (!rest.empty()) {
      const auto given = hours_of(rest);
      if (!given) return false;
      hours = *given;
    }
  } else {
    const auto given = hours_of(rest);
    if (!given) return false;
    hours = *given;
  }
  for (int d = days.first; d < days.first + days.count; ++d)
    for (int m = 0; m < hours.length; ++m)
      to.set(static_cast<size_t>((d * minutes_of_day + hours.from + m) % minutes_of_week));
  return true;
}

}  // namespace

std::optional<week_hours> read_week_hours(std::string_view text) {
  week_hours all;
  if (trimmed(text).empty()) return all;
  for (size_t from = 0;;) {
    const auto comma = text.find(',', from);
    if (!add(text.substr(from, comma - from), all)) return std::nullopt;
    if (comma == std::string_view::npos) return all;
    from = comma + 1;
  }
}

}  // namespace cartwheel
