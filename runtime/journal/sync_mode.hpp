#pragma once

#include <cstdint>

namespace cartwheel {

/// When an event is acknowledged: once it is on disk, when that is at most a second away, or at once. Everything else that
/// stands in the log is on disk before anything follows from it, in each of the modes.
enum class sync_mode : uint8_t { always, everysec, off };

}  // namespace cartwheel
