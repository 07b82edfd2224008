#pragma once

#include "runtime/base/ids.hpp"

#include <compare>
#include <cstddef>

namespace cartwheel {

/// Where an event stands in the log.
struct event_place {
  position record{};
  size_t index = 0;  // among the accepted events of its record
  friend auto operator<=>(const event_place&, const event_place&) = default;
};

}  // namespace cartwheel
