#include "actors/event/moment.hpp"

#include "actors/event/limits.hpp"

namespace cartwheel {

namespace {

// Takes `count` digits off the front; -1 when there are not as many.
int take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char upper, char lower) {
  if (text.empty() || (text[0] != upper && text[0] != lower)) return false;
  text.remove_prefix(1);
  return true;
}

bool take(std::string_view& text, char c) { return take(text, c, c); }

// The fraction's first three digits; the others only have to be digits. -1 when there is none behind the point.
int take_fraction(std::string_view& text) {
  size_t digits = 0;
  int ms = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 3) ms = ms * 10 + (text[digits] - '0');
  }
  if (digits == 0) return -1;
  for (size_t i = digits; i < 3; ++i) ms *= 10;
  text.remove_prefix(digits);
  return ms;
}

// Minutes east of UTC.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, 'Z', 'z')) return 0;
  bool west = !text.empty() && text[0] == '-';
  if (!west && (text.empty() || text[0] != '+')) return std::nullopt;
  text.remove_prefix(1);
  int hours = take_digits(text, 2);
  if (hours < 0 || hours > 23 || !take(text, ':')) return std::nullopt;
  int minutes = take_digits(text, 2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  int offset = hours * 60 + minutes;
  return west ? -offset : offset;
}

}  // namespace

std::optional<instant> parse_rfc3339(std::string_view text) {
  int year = take_digits(text, 4);
  if (year < 0 || !take(text, '-')) return std::nullopt;
  int month = take_digits(text, 2);
  if (month < 0 || !take(text, '-')) return std::nullopt;
  int day = take_digits(text, 2);
  if (day < 0 || !take(text, 'T', 't')) return std::nullopt;
  int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ':')) return std::nullopt;
  int second = take_digits(text, 2);
  if (second < 0 || second > 60) return std::nullopt;
  int fraction = take(text, '.') ? take_fraction(text) : 0;
  if (fraction < 0) return std::nullopt;
  auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;

  using namespace std::chrono;
  year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                      std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  instant at_minute = sys_days{date} + hours{hour} + minutes{minute - *offset};
  if (second == 60 && floor<days>(at_minute) + 23h + 59min != at_minute) return std::nullopt;
  instant moment = at_minute + seconds{second} + cartwheel::milliseconds{fraction};
  if (unix_ms(moment) < 0 || unix_ms(moment) > limits::unix_ms_max) return std::nullopt;
  return moment;
}

}  // namespace cartwheel
