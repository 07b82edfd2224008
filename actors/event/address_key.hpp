#pragma once

#include <cstdint>

namespace cartwheel {

/// An address as one who may be mailed: a keyed hash of its normalised form (docs/EVENTS.md).
struct address_key {
  uint64_t high = 0;
  uint64_t low = 0;
  bool given() const { return (high | low) != 0; }
  friend bool operator==(const address_key&, const address_key&) = default;
};

}  // namespace cartwheel
