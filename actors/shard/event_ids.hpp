#pragma once

#include "actors/event/event.hpp"
#include "runtime/base/hash.hpp"

namespace cartwheel {

/// What is remembered of an event id: 64 bits of it. Two different ids of one cart, order or person that collide would
/// cost the second event; among 16 ids that happens once in 10^18. 0: the event has none.
inline uint64_t event_id_hash(const event& e) {
  if (e.event_id.empty()) return 0;
  return keyed_hash({0x6361727477686565ull, 0x6c206576656e7473ull}, e.event_id) | 1;
}

}  // namespace cartwheel
