#pragma once

#include <cstddef>

/// The bounds of a replay.
namespace cartwheel::limits {

/// Of a data file that is read at once (bytes). What comes of it, three times as much, is still in the processor's caches
/// when the shards turn to it; and an allocator keeps what is smaller than half a MiB for the next block, instead of having
/// each page cleared anew.
constexpr size_t replay_block_bytes = 256 * 1024;

/// A line that is longer is no event (bytes): the file is refused. Of lines within it the contract judges.
constexpr size_t replay_line_bytes_max = 16 * 1024 * 1024;

/// Epochs handed to the shards and not yet worked off: enough to keep them busy where epochs are small.
constexpr size_t replay_epochs_ahead_max = 64;

/// The same in events, where epochs are large: each takes about a KiB until it is worked off. Three seconds of 10,000 events
/// keep the shards busy; with more, memory is taken anew that could have been used again.
constexpr size_t replay_events_ahead_max = 30'000;

/// Events of an epoch below which one shard is faster than several: they meet some ten times in an epoch that decides, at
/// 15 us, and an event is a microsecond's work.
constexpr size_t replay_events_to_share = 100;

/// Refused events that a replay names.
constexpr size_t replay_refusals_shown_max = 10;

}  // namespace cartwheel::limits
