#pragma once

#include "runtime/base/bytes.hpp"

#include <string>
#include <string_view>

namespace cartwheel {

/// What the log knows a claim by: its cart, the tick in which it was decided, cycle and step.
/// Shape: bytes; apart for each claim that there ever was.
inline std::string claim_name(std::string_view shop, std::string_view cart_id, instant tick, uint32_t cycle,
                              uint8_t step) {
  std::string name;
  byte_writer w{name};
  w.text(shop);
  w.text(cart_id);
  w.time(tick);
  w.number(cycle);
  w.byte(step);
  return name;
}

}  // namespace cartwheel
