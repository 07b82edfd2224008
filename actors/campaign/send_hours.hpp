#pragma once

#include "runtime/base/time.hpp"

#include <string>

namespace cartwheel {

/// When reminders may leave, on the clock of whoever gets them. With the defaults always.
struct send_hours {
  std::string quiet;            // no mail in these (week_hours.hpp)
  std::string peak;             // mail in these alone; empty: at any time that is not quiet
  milliseconds spread = 30min;  // what waited for an hour to come leaves over so long a time from it on

  bool given() const { return !quiet.empty() || !peak.empty(); }
  /// Whether there is any minute of the week in which a mail may leave.
  bool ever() const;
  friend bool operator==(const send_hours&, const send_hours&) = default;
};

}  // namespace cartwheel
