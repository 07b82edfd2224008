#pragma once

#include <cstdint>

namespace cartwheel {

enum class shard_id : uint16_t {};
enum class cart_partition : uint16_t {};
enum class person_partition : uint16_t {};

/// A place in the log. Positions count records and never repeat.
enum class position : uint64_t {};

constexpr uint64_t count(position p) { return static_cast<uint64_t>(p); }
constexpr position next(position p) { return position{count(p) + 1}; }

/// The unit the log is made durable in and the shards work in: one group commit. Counts from 1.
enum class epoch_number : uint64_t {};

constexpr uint64_t count(epoch_number e) { return static_cast<uint64_t>(e); }

}  // namespace cartwheel
