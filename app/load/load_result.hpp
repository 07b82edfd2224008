#pragma once

#include "app/load/latency_histogram.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cartwheel {

/// What a load run measured.
struct load_result {
  uint64_t events = 0;  // asked for
  uint64_t sent_events = 0;
  uint64_t acked_events = 0;
  uint64_t sent_bytes = 0;
  double rate = 0;                     // asked for, events per second; 0 when none was
  std::chrono::nanoseconds elapsed{};  // from the first chunk's leaving to the last ack
  latency_histogram acks;              // one per chunk; from its due time at a fixed rate, else from its being sent
  std::vector<std::string> errors;     // one per connection that ended before its time

  bool complete() const { return acked_events == events; }
  double events_per_second() const;
};

/// The summary `cartwheel load` prints, several lines.
std::string summary(const load_result& r);

/// 1234567 -> "1,234,567".
std::string with_thousands(uint64_t n);

}  // namespace cartwheel
