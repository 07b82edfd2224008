#pragma once

#include "actors/campaign/send_hours.hpp"
#include "actors/campaign/week_hours.hpp"
#include "actors/event/time_zone.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cartwheel {

/// Says when a mail may leave: hours of a week, a zone, an instant in; an instant out. The same ones give the same answer,
/// whatever was asked before.
/// Where clocks are moved, in order of what a shopper would mind most:
///   an hour that is skipped   is nobody's: quiet hours that end in it end with it, peak hours in it do not come that day
///   an hour that comes twice  is quiet from the first time that any of its minutes is quiet until the last time one is:
///                             quiet hours that end in it end at its second passing, those that begin in it at its first;
///                             peak hours in it come twice
/// Runs on: one thread; it remembers the zones that it has been asked for, some 600 at most.
class send_window {
 public:
  /// Needs hours that read_week_hours() reads.
  explicit send_window(const send_hours& hours);
  ~send_window();
  send_window(send_window&&) noexcept;
  send_window& operator=(send_window&&) noexcept;

  /// Whether it is open at all times.
  bool always() const { return always_; }
  /// The first instant from `asked` on at which a mail may leave. A zone that is not given is UTC.
  instant opens(time_zone_code zone, instant asked);
  /// The same, but what must wait leaves later by its share of the spread: whole seconds by `hash`, in the same hours.
  instant leaves(time_zone_code zone, instant asked, uint64_t hash);
  /// The first instant behind `open`, at which a mail may leave, at which none may; nothing: that never comes.
  std::optional<instant> closes(time_zone_code zone, instant open);
  /// What a clock there shows, as a minute of the day.
  int minute_of_day(time_zone_code zone, instant at);

 private:
  struct stretch;
  struct clock_of_zone;
  struct span {
    instant from;
    instant until;
  };
  const stretch& at(time_zone_code zone, instant t);
  std::optional<span> quiet_around(const stretch& s, instant t) const;
  std::optional<span> quiet_in_doubled(instant change, milliseconds before, milliseconds after) const;

  week_hours quiet_;
  bool always_ = true;
  milliseconds spread_;
  std::vector<uint16_t> until_open_;    // by minute of the week: how many more until one in which mail may leave
  std::vector<uint16_t> until_closed_;  // and until one in which it may not
  std::map<time_zone_code, std::unique_ptr<clock_of_zone>> clocks_;
};

}  // namespace cartwheel
