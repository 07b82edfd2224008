#pragma once

/// The bounds of a shard.
namespace cartwheel::limits {

/// Ends of carts that a shard tells the history, in a second of the log's time and at once. Each costs 7 us of CPU beside
/// the shards: at the highest rates of a load test more would slow the way in. 5,000/s are 430 million carts a day.
constexpr int ends_told_per_second_max = 5'000;
constexpr int ends_told_at_once_max = 50'000;

}  // namespace cartwheel::limits
