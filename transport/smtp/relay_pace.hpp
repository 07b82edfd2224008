#pragma once

#include "runtime/base/pace.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace cartwheel::smtp {

/// How fast mails go to one relay, over all its connections: as the configuration allows, and no faster than the relay
/// turned out to take.
///
/// A relay that throttles (454) does not say what it would take. Its rate at that moment is the ceiling; the pace falls to
/// 0.7 of it, comes back to just below within a second and then creeps above, faster and faster, until it is throttled
/// again, so that the loss stays small and a raised quota is found. A day's quota pauses it for hours.
///
/// Source: how CUBIC (RFC 9438) nears the window it last lost at.
class relay_pace {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  /// `per_second`: mails, 0 for as many as go.
  explicit relay_pace(double per_second);

  /// When the next mail may be pulled; in the past when at once.
  time_point next() const;
  /// A mail was pulled.
  void pulled(time_point now);
  /// The relay took one.
  void accepted(time_point now);
  /// 454 to a mail.
  void throttled(time_point now);
  void pause(time_point until) { paused_until_ = until; }
  bool paused(time_point now) const { return now < paused_until_; }

  /// Mails a second; nothing while only the relay's speed bounds it.
  std::optional<double> per_second() const;

 private:
  void creep(time_point now);

  double allowed_;
  std::optional<double> found_;
  double ceiling_ = 0;
  bool knows_ = false;  // the ceiling is more than a guess
  time_point throttled_at_{};
  time_point crept_at_{};
  std::optional<pace<clock>> pace_;
  time_point paused_until_{};
  // What the relay took in this second and in the one before.
  time_point second_begin_{};
  size_t this_second_ = 0;
  double last_second_ = 0;
};

}  // namespace cartwheel::smtp
