#pragma once

#include "app/load/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace cartwheel {

/// When one connection of a load run is to send what.
/// With a rate the harness is an open loop: chunks are due at fixed times whether or not the server keeps up, and latency
/// counts from there, so a server that stalls cannot hide the events that would have come meanwhile (Gil Tene's "coordinated
/// omission"). Without one a chunk is due when the window has room.
class load_pace {
 public:
  /// Units: `rate` in events per second over all connections; 0 without one. Bounds: chunk_events at least 1.
  load_pace(double rate, uint32_t connection, uint32_t connections, size_t chunk_events)
      : rate_{rate / connections}, chunk_events_{chunk_events} {
    if (!paced()) return;
    double span = std::chrono::duration<double>(limits::load_chunk_span_max).count();
    chunk_events_ = static_cast<size_t>(std::clamp(rate_ * span, 1.0, static_cast<double>(chunk_events)));
    // Connections take turns; together they would send in bursts.
    phase_ = static_cast<double>(chunk_events_) * connection / connections;
  }

  bool paced() const { return rate_ > 0; }
  size_t chunk_events() const { return chunk_events_; }

  /// When the chunk after `events_before` events of this connection is due, counted from the run's start.
  std::chrono::nanoseconds due(uint64_t events_before) const {
    if (!paced()) return {};
    return std::chrono::nanoseconds{std::llround((static_cast<double>(events_before) + phase_) / rate_ * 1e9)};
  }

 private:
  double rate_;
  size_t chunk_events_;
  double phase_ = 0;
};

}  // namespace cartwheel
