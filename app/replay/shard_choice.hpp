#pragma once

#include "actors/event/event.hpp"

#include <cstdint>
#include <span>

namespace cartwheel {

/// Shards for a replay that was told no number; decisions are the same with any. Shards meet several times in each second
/// that has events, so one is enough where few events share a second: recorded shops, unlike generated load. Else there is
/// one more than there are cores, which works while another waits to meet the rest.
/// Shape: `first` are the first events of the trace, in order of arrival; by them the rest is judged.
/// Bounds: 1..256, as node.shards.
uint16_t shards_for(std::span<const event> first, uint16_t cores);

}  // namespace cartwheel
