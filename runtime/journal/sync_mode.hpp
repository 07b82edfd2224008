#pragma once

#include <cstdint>
#include <string_view>

namespace cartwheel {

/// When an event is acknowledged: once it is on disk, when that is at most a second away, or at once. Everything else that
/// stands in the log is on disk before anything follows from it, in each of the modes.
enum class sync_mode : uint8_t { always, everysec, off };

constexpr std::string_view to_string(sync_mode mode) {
  switch (mode) {
    case sync_mode::everysec: return "everysec";
    case sync_mode::off: return "off";
    default: return "always";
  }
}

}  // namespace cartwheel
