#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The bounds of the Forward protocol, server and client. Units: bytes unless the name or the type says otherwise.
namespace cartwheel::forward::limits {

/// One message on the wire. fluentd's chunks are 8 MiB by default, fluent-bit's 2 MiB.
constexpr size_t message_bytes_max = 16 * 1024 * 1024;

/// What one compressed message may unpack to: gzip of events shrinks them 5 to 10 times, a bomb 1,000 times.
constexpr size_t decompressed_bytes_max = 64 * 1024 * 1024;

/// Arrays and maps inside each other. An event needs 6: message, entries, entry, record, items, item.
constexpr size_t depth_max = 16;

/// A chunk id is kept until its ack is written. Clients send 16 to 25 bytes of base64 or hex.
constexpr size_t chunk_id_bytes_max = 256;

/// A tag is kept with its chunk. Real ones are dotted names.
constexpr size_t tag_bytes_max = 1024;

/// What a connection reads into. It starts small (most connections trickle) and takes the large size when a read filled
/// the small one: fewer system calls, and chunks of the usual 64 to 128 KiB are moved at most once.
constexpr size_t read_buffer_bytes_small = 16 * 1024;
constexpr size_t read_buffer_bytes_large = 256 * 1024;

/// A buffer with less room left than this is replaced: tiny reads cost more than moving an unfinished message.
constexpr size_t read_room_bytes_min = 4 * 1024;

/// Large buffers a server keeps for reuse: 16 MiB, all that is under way within one 5 ms commit at 3 GB/s.
constexpr size_t read_buffers_kept_max = 64;

/// Chunks handed to the handler and not yet accepted; above this the connection is not read. 8 MiB are six windows of the
/// load generator (16 chunks of 80 KiB), so the bound does not slow a healthy sender.
constexpr size_t unacked_bytes_per_connection_max = 8 * 1024 * 1024;

/// As above in chunks: bounds the bookkeeping when chunks are tiny.
constexpr size_t unacked_chunks_per_connection_max = 4096;

/// What a chunk counts on top of its bytes: tag, id, ticket.
constexpr size_t chunk_overhead_bytes = 256;

/// As above over all connections: reading stops at the first and starts again below the second. The distance keeps
/// connections from being woken for one chunk each.
constexpr size_t unacked_bytes_max = 256 * 1024 * 1024;
constexpr size_t unacked_bytes_resume = unacked_bytes_max / 4 * 3;
static_assert(unacked_bytes_resume < unacked_bytes_max);

/// Acks a client has not read. Some clients ask for acks and never read them; at about 32 bytes an ack this is 32,000 acks
/// on top of what the kernel holds.
constexpr size_t ack_buffer_bytes_max = 1024 * 1024;

/// fluentd without keepalive opens a connection per chunk, so this bounds senders, not chunks.
constexpr size_t connections_max = 4096;

/// Waiting connections in the kernel's queue.
constexpr int backlog_max = 512;

/// A message begun must go on, and an ack written must be taken, within this time.
constexpr std::chrono::milliseconds stalled_after{60'000};

/// How long a closing connection swallows what the peer still sends. Closing over unread bytes makes the kernel reset the
/// connection, and a reset can destroy acks the peer has not read yet.
constexpr std::chrono::milliseconds linger_max{2'000};

/// How long stop() waits for outstanding acks.
constexpr std::chrono::milliseconds stop_grace{5'000};

/// Chunks a client has under way without an ack. The published runs use 16.
constexpr size_t client_window_default = 16;
constexpr size_t client_window_max = 4096;

/// A client gives up on an ack after this time; fluentd's own default is 190 s.
constexpr std::chrono::milliseconds ack_timeout_default{30'000};

}  // namespace cartwheel::forward::limits
