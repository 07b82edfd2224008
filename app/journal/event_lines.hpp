#pragma once

#include "runtime/journal/record.hpp"

#include <string>
#include <vector>

namespace cartwheel {

/// The events of a record of the log as lines of JSON that `cartwheel replay` takes.
struct event_lines {
  struct left_out {
    size_t index = 0;  // place in its carrier, from 0
    std::string reason;
    std::string received;  // its bytes
  };
  std::string lines;
  size_t events = 0;
  std::vector<left_out> refused;  // what broke the contract when it came in, or is too long as JSON
};

/// Shape: an event's line is what was received, but for what its carrier says about it: a Forward entry's time, a
/// CloudEvent's id and time become `time` and `event_id` where the event itself has none.
/// A replay has no clock to refuse by, so an event that was too far ahead of the server's comes along.
/// Every line is read back before it is handed on. Errors: std::runtime_error for a record that holds no events.
event_lines lines_of(const record& r);

}  // namespace cartwheel
