#pragma once

#include "runtime/base/pace.hpp"
#include "runtime/base/time.hpp"

#include <functional>
#include <map>
#include <string>

namespace cartwheel {

/// How fast mails of one shop, and mails to one mail host, may leave. Each gets a turn of its own, so none is let go early
/// and none waits longer than its rate asks.
/// Units: mails a second of the clock's time; 0: as many as go.  Bounds: one entry for each shop and host that had a mail
/// in the last minute or so.
class send_paces {
 public:
  send_paces(double shop_rate, double host_rate) : shop_rate_{shop_rate}, host_rate_{host_rate} {}

  /// Takes the next turn of both and says when it is: `now`, or later. Rounded up to the clock's millisecond.
  instant turn(const std::string& shop, const std::string& host, instant now);

 private:
  using clock = std::chrono::system_clock;
  using paces = std::map<std::string, pace<clock>, std::less<>>;
  static clock::time_point take(paces& of, const std::string& name, double rate, clock::time_point now);

  double shop_rate_;
  double host_rate_;
  paces shops_;
  paces hosts_;
};

}  // namespace cartwheel
