#include "actors/campaign/send_window.hpp"

#include <unicode/basictz.h>
#include <unicode/tztrans.h>

#include <algorithm>

namespace cartwheel {

/// The time between two changes of a zone's clocks. Local time is UTC and `offset`.
struct send_window::stretch {
  instant begin = before_all;
  instant end = never;  // not in it
  milliseconds offset{};
  milliseconds before{};  // the offset up to `begin`
  milliseconds after{};   // the offset from `end` on
};

struct send_window::clock_of_zone {
  std::unique_ptr<icu::BasicTimeZone> zone;  // null: UTC
  stretch last;                              // most are asked for now
  bool asked = false;
};

namespace {

using std::chrono::minutes;

/// Of an instant that was moved by its zone's offset. 1970-01-01 was a Thursday.
size_t week_minute(instant local) {
  const auto m = std::chrono::floor<minutes>(local).time_since_epoch().count() + int64_t{3} * minutes_of_day;
  return static_cast<size_t>((m % minutes_of_week + minutes_of_week) % minutes_of_week);
}

milliseconds offset_of(const icu::TimeZoneRule& rule) {
  return milliseconds{rule.getRawOffset() + rule.getDSTSavings()};
}

std::unique_ptr<icu::BasicTimeZone> zone_named(std::string_view name) {
  if (name.empty()) return nullptr;
  std::unique_ptr<icu::TimeZone> zone{
    icu::TimeZone::createTimeZone(icu::UnicodeString{name.data(), static_cast<int32_t>(name.size()), US_INV})};
  // All zones of ICU's own data are of this class, and time_zone_code names no others.
  auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
  if (basic != nullptr) static_cast<void>(zone.release());
  return std::unique_ptr<icu::BasicTimeZone>{basic};
}

/// For each minute of the week how many pass until one that is `wanted`; `none` where there is none.
std::vector<uint16_t> until(const week_hours& wanted, uint16_t none) {
  std::vector<uint16_t> left(minutes_of_week, none);
  if (wanted.none()) return left;
  // Twice round: the second time the first minutes of the next week are known.
  uint16_t n = none;
  for (int i = 2 * minutes_of_week - 1; i >= 0; --i) {
    const auto m = static_cast<size_t>(i % minutes_of_week);
    n = wanted[m] ? uint16_t{0} : n == none ? none : static_cast<uint16_t>(n + 1);
    left[m] = n;
  }
  return left;
}

constexpr uint16_t no_such_minute = UINT16_MAX;
static_assert(minutes_of_week < no_such_minute);

week_hours open_hours(const send_hours& hours) {
  const auto quiet = read_week_hours(hours.quiet).value();
  const auto peak = read_week_hours(hours.peak).value();
  return hours.peak.empty() ? ~quiet : peak & ~quiet;
}

}  // namespace

bool send_hours::ever() const { return open_hours(*this).any(); }

send_window::send_window(const send_hours& hours)
    : quiet_{read_week_hours(hours.quiet).value()},
      always_{open_hours(hours).all()},
      spread_{hours.spread},
      until_open_{until(open_hours(hours), no_such_minute)},
      until_closed_{until(~open_hours(hours), no_such_minute)} {}

send_window::~send_window() = default;
send_window::send_window(send_window&&) noexcept = default;
send_window& send_window::operator=(send_window&&) noexcept = default;

const send_window::stretch& send_window::at(time_zone_code zone, instant t) {
  auto& known = clocks_[zone];
  if (known == nullptr) {
    known = std::make_unique<clock_of_zone>();
    known->zone = zone_named(zone.name());
  }
  auto& s = known->last;
  if (known->asked && s.begin <= t && t < s.end) return s;
  known->asked = true;
  s = {};
  if (known->zone == nullptr) return s;
  const auto& rules = *known->zone;
  const auto when = static_cast<UDate>(unix_ms(t));
  UErrorCode error = U_ZERO_ERROR;
  int32_t raw = 0;
  int32_t summer = 0;
  rules.getOffset(when, false, raw, summer, error);
  s.offset = s.before = s.after = milliseconds{raw + summer};
  icu::TimeZoneTransition change;
  if (rules.getPreviousTransition(when, true, change)) {
    s.begin = from_unix_ms(static_cast<int64_t>(change.getTime()));
    s.before = offset_of(*change.getFrom());
  }
  if (rules.getNextTransition(when, false, change)) {
    s.end = from_unix_ms(static_cast<int64_t>(change.getTime()));
    s.after = offset_of(*change.getTo());
  }
  return s;
}

/// Clocks were set back at `change`: from the first quiet minute of what comes twice until the last one is over for good.
std::optional<send_window::span> send_window::quiet_in_doubled(instant change, milliseconds before,
                                                               milliseconds after) const {
  const instant first = change + after;  // on the clock; the second passing begins with it
  const instant last = change + before;  // the first passing ends with it
  std::optional<span> quiet;
  for (auto m = std::chrono::floor<minutes>(first); m < last; m += minutes{1}) {
    if (!quiet_[week_minute(m)]) continue;
    if (!quiet) quiet = span{std::max<instant>(m, first) - before, {}};
    quiet->until = std::min<instant>(m + minutes{1}, last) - after;
  }
  return quiet;
}

/// The quiet part of a doubled hour that `t` lies in, or before, in its stretch.
std::optional<send_window::span> send_window::quiet_around(const stretch& s, instant t) const {
  if (s.before > s.offset && t < s.begin + (s.before - s.offset))
    if (auto quiet = quiet_in_doubled(s.begin, s.before, s.offset); quiet && t < quiet->until) return quiet;
  if (s.offset > s.after && t >= s.end - (s.offset - s.after))
    if (auto quiet = quiet_in_doubled(s.end, s.offset, s.after); quiet && t < quiet->until) return quiet;
  return std::nullopt;
}

namespace {

/// Where the next look is needed at the latest: what the week says holds no further.
template <class Stretch>
instant holds_until(const Stretch& s, instant t) {
  if (s.end == never || s.after >= s.offset) return s.end;
  const auto doubled = s.end - (s.offset - s.after);
  return t < doubled ? doubled : s.end;
}

}  // namespace

instant send_window::opens(time_zone_code zone, instant asked) {
  if (always_) return asked;
  for (instant t = asked;;) {
    const auto& s = at(zone, t);
    if (auto quiet = quiet_around(s, t); quiet && quiet->from <= t) {
      t = quiet->until;
      continue;
    }
    const instant local = t + s.offset;
    const auto wait = until_open_[week_minute(local)];
    if (wait == 0) return t;
    // Hours that never come (send_hours::ever): nothing would end the search.
    if (wait == no_such_minute) return never;
    const instant open = std::chrono::floor<minutes>(local) + minutes{wait} - s.offset;
    t = std::min(open, holds_until(s, t));
  }
}

std::optional<instant> send_window::closes(time_zone_code zone, instant open) {
  if (always_) return std::nullopt;
  for (instant t = open;;) {
    if (opens(zone, t) != t) return t;
    const auto& s = at(zone, t);
    const instant local = t + s.offset;
    const auto wait = until_closed_[week_minute(local)];
    instant next = std::chrono::floor<minutes>(local) + minutes{wait} - s.offset;
    if (auto quiet = quiet_around(s, t)) next = std::min(next, quiet->from);
    t = std::min(next, holds_until(s, t));
  }
}

instant send_window::leaves(time_zone_code zone, instant asked, uint64_t hash) {
  using std::chrono::seconds;
  const auto from = opens(zone, asked);
  if (from == asked || from == never) return from;
  auto most = std::chrono::floor<seconds>(spread_);
  // Hours that are shorter than the spread take all of it.
  if (auto end = closes(zone, from); end && *end - from <= most)
    most = std::chrono::ceil<seconds>(*end - from) - seconds{1};
  return from + seconds{static_cast<int64_t>(hash % (static_cast<uint64_t>(most.count()) + 1))};
}

int send_window::minute_of_day(time_zone_code zone, instant when) {
  return static_cast<int>(week_minute(when + at(zone, when).offset)) % minutes_of_day;
}

}  // namespace cartwheel
