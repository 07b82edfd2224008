#pragma once

#include "transport/forward/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The bounds of the load harness.
namespace cartwheel::limits {

/// No event that the harness makes is longer (bytes); they are 100 to 230.
constexpr size_t load_event_bytes_max = 512;

/// Events in a chunk: so many fit one Forward message even if each were as long as it may be.
constexpr size_t load_chunk_events_max = forward::limits::message_bytes_max / load_event_bytes_max - 1;

/// At a fixed rate a chunk spans no more than this: an event that waits for its chunk to fill would be latency of the
/// harness, not of the server. A server's group commit is 5 ms, so finer chunks would measure nothing more.
constexpr std::chrono::milliseconds load_chunk_span_max{2};

/// What a connection encodes ahead of its window (bytes): a commit of 5 ms frees a window at once, and 8 MiB fill it with
/// 16 chunks of 500 events five times over.
constexpr size_t load_ahead_bytes_max = 8 * 1024 * 1024;

/// Carts: an id has 12 hexadecimal digits, and a cart's number must stay exact in arithmetic of 64 bits.
constexpr uint64_t load_carts_max = uint64_t{1} << 32;

}  // namespace cartwheel::limits
