#pragma once

#include "runtime/base/buffer.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <memory>

namespace cartwheel {

/// What stands in the log: everything that decides, and nothing else does.
enum class record_kind : uint8_t {
  events,         // a chunk as received
  tick,           // time has moved on: steps may come up
  configuration,  // the settings that hold from here on
  decisions,      // what part c decided
  intents,        // mails about to be offered to a relay
  outcomes,       // what became of them
  own_events,     // events that this node wrote itself: a shopper's click on one of its links
  failures,       // events whose handler failed: recovery skips them
  commands,       // of operators, about reminders in doubt
  addresses,      // news of addresses: bounces and complaints that came in, and what operators say
  coupons,        // codes that were brought in
};

/// How a record's payload is to be read.
enum class payload_format : uint8_t {
  none,
  forward_entries,  // msgpack, concatenated [time, record]
  json_lines,
  json_document,
  cloudevents,
  text,
};

/// One record of the log. Units: `received` is the node's clock.
struct record {
  record_kind kind = record_kind::events;
  payload_format format = payload_format::none;
  instant received{};
  slice payload;
};

/// What a record means once decoded; rides along beside it so that the shards need not decode again. Not journaled.
class record_meaning {
 public:
  virtual ~record_meaning() = default;
};

}  // namespace cartwheel
