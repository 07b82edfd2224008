#pragma once

#include "actors/parking/parking_lane.hpp"
#include "actors/shard/shard.hpp"
#include "runtime/base/limits.hpp"

namespace cartwheel {

/// What a shard parks; each kind has a lane of its own, so their numbers stay apart.
enum class parked_kind : uint8_t { carts, customers, visitors, addresses, orders };

constexpr uint16_t lane_number(parked_kind kind, uint16_t shard) {
  static_assert(limits::shards_max <= 256);
  return static_cast<uint16_t>(static_cast<uint16_t>(kind) << 8 | shard);
}

constexpr parked_kind kind_of_lane(uint16_t lane) { return static_cast<parked_kind>(lane >> 8); }

inline parking_lane lane_of(const shard_setup& setup, parked_kind kind, shard_id shard) {
  return {setup.place, lane_number(kind, static_cast<uint16_t>(shard))};
}

}  // namespace cartwheel
