#pragma once

#include "app/demo/recorded.hpp"
#include "runtime/base/clock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cartwheel {

/// Plays a day into a server over real Forward connections: each event is sent when the clock has come to its time, and
/// counts when its chunk was acknowledged. All events of one shopper go over one connection, so they arrive in order.
/// Runs on: play() on the caller's thread, the connections on one of their own.
class day_player {
 public:
  day_player(demo_day day, const clock_source& clock, uint16_t port);
  ~day_player();

  /// Sends until the day is over or `stop` says so; `look` is called a few times a second.
  /// Errors: a text when a connection broke; empty when everything that was sent was acknowledged.
  std::string play(const std::function<void()>& look, const std::function<bool()>& stop);

  uint64_t sent() const;
  const demo_day& day() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace cartwheel
