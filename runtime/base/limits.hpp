#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound that more than one room relies on, with its unit and its reason. A room's own bounds stand in its own
/// limits.hpp.
namespace cartwheel::limits {

/// Shards per process: more than any machine has cores; keeps per-shard tables small.
constexpr uint16_t shards_max = 256;

/// An epoch closes after this long at the latest: the price of a group commit in ack latency.
constexpr std::chrono::milliseconds epoch_length_max{5};

}  // namespace cartwheel::limits
