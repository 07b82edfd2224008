#pragma once

#include <cstddef>
#include <cstdint>

namespace cartwheel::limits {

/// Payload waiting for the committer: above it submit() says so and the gateway stops reading. A few group commits' worth.
constexpr size_t commit_backlog_bytes_max = 16 * 1024 * 1024;

/// Records of one group commit: bounds the time the committer is away from its queue.
constexpr size_t group_records_max = 4096;

/// Events that shards may be behind the log before the gateway stops reading: less than a tenth of a second of work, and no
/// less than one large chunk each from several connections. Four times as many made acknowledgements no sooner: what waits
/// falls out of the processor's caches.
constexpr size_t applied_backlog_events_max = 64 * 1024;

/// A segment file of the log: what is forgotten at once, and what a start reads to find the log's end (0.1 s). A group
/// that needs more gets a segment of its own length.
constexpr uint64_t segment_bytes = 64 * 1024 * 1024;

/// The log is read in blocks of this: large enough that a disk streams, and what one payload keeps alive while it is held.
constexpr size_t segment_block_bytes = 1024 * 1024;

/// What is appended without a sync is sent to the disk in parts of this, so that the sync that comes at last is short.
constexpr uint64_t write_behind_bytes = 4 * 1024 * 1024;

/// What was synced leaves the page cache in parts of this: nobody reads it before the next start. Its pages serve the parts
/// that come; a log that took new ones for all it writes would push out what others cache, and each new page costs more
/// than the bytes in it.
constexpr uint64_t drop_cached_bytes = 1024 * 1024;

/// Small synced groups overwrite zeros instead of blocks that were only set aside: writing one of those for the first time
/// changes the file's map, which each sync would have to write as well, a second trip to the disk. Zeros go ahead of the
/// log in stripes, with the first group that reaches into one; groups above the bound gain nothing that the zeros, written
/// in vain, do not cost.
constexpr uint64_t zeroed_stripe_bytes = 256 * 1024;
constexpr uint64_t zeroed_for_group_bytes_max = 64 * 1024;

/// A segment that was forgotten gives its space back in parts of this: all at once it would hold up the committer for
/// 14 ms (64 MiB on ext4), a part takes 1 ms.
constexpr uint64_t segment_release_bytes = 4 * 1024 * 1024;

/// Payload of one record: more than any carrier lets in (the largest is Forward's 64 MiB, decompressed), and within what
/// its length field can say.
constexpr size_t record_payload_bytes_max = 256 * 1024 * 1024;

}  // namespace cartwheel::limits
