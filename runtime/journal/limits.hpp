#pragma once

#include <cstddef>

namespace cartwheel::limits {

/// Payload waiting for the committer: above it submit() says so and the gateway stops reading. A few group commits' worth.
constexpr size_t commit_backlog_bytes_max = 16 * 1024 * 1024;

/// Records of one group commit: bounds the time the committer is away from its queue.
constexpr size_t group_records_max = 4096;

/// Events that shards may be behind the log before the gateway stops reading: about 5 ms of work at a million a second
/// and core, and no less than one large chunk each from several connections.
constexpr size_t applied_backlog_events_max = 64 * 1024;

}  // namespace cartwheel::limits
