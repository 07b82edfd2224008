#pragma once

#include <algorithm>
#include <chrono>

namespace cartwheel {

/// At most so many a second, evenly: virtual scheduling. What was not used is not saved up, so nothing bursts after a
/// quiet while; what comes late by less than a turn does not lose it.
///
/// Units: the clock's time, whichever that is.  Source: the generic cell rate algorithm, ITU-T I.371 annex A.
template <class Clock>
class pace {
 public:
  using time_point = typename Clock::time_point;
  using duration = typename Clock::duration;

  /// `per_second` > 0.
  explicit pace(double per_second) { set(per_second); }

  void set(double per_second) {
    turn_ = std::max(duration{1}, std::chrono::duration_cast<duration>(std::chrono::duration<double>{1 / per_second}));
  }

  /// When the next may go; in the past when it may go at once.
  time_point next() const { return next_; }

  /// Takes the next turn, and says when it is: `now`, or later.
  time_point take(time_point now) {
    const auto mine = std::max(next_, now - turn_);
    next_ = mine + turn_;
    return std::max(mine, now);
  }

 private:
  duration turn_{1};
  time_point next_{};
};

}  // namespace cartwheel
