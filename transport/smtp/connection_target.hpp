#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace cartwheel::smtp {

/// How many connections a relay is worth at the moment: begins with one, grows while the relay answers as quickly as it
/// can, halves when it pushes back.
///
/// Slow start: one more for each mail judged, up to the threshold (limits::slow_start_connections, later half of where it
/// was pushed back). Then one more for as many mails as there are connections. No more while the slowest twentieth of the
/// replies to content takes twice as long as it did at its best, unless nobody would notice
/// (limits::reply_unnoticed).
///
/// Bounds: 1..most.  Cost: a look at limits::replies_remembered times, once for as many mails as there are connections.
/// Source: the additive increase and multiplicative decrease of TCP (RFC 5681), over connections instead of segments.
class connection_target {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit connection_target(size_t most);

  size_t value() const { return value_; }

  /// A mail's content was judged, `waited` after its end was written.
  void answered(std::chrono::nanoseconds waited);

  /// The relay wants less: no connection, 421, 4yz to MAIL, throttling. What comes within limits::push_back_apart of the
  /// last one is the same push.
  void pushed_back(time_point now);

 private:
  bool slows_down();

  size_t most_;
  size_t value_ = 1;
  size_t threshold_;
  size_t judged_ = 0;  // since the last step
  std::vector<std::chrono::nanoseconds> waits_;
  size_t next_wait_ = 0;
  std::optional<std::chrono::nanoseconds> best_;
  std::optional<time_point> pushed_at_;
};

}  // namespace cartwheel::smtp
