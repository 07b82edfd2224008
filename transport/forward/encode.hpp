#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel::forward {

/// Encodes one PackedForward message `[tag, bin entries, {size, chunk}]`.
/// Shape: `entries` are concatenated msgpack `[time, record]`; an empty `chunk_id` asks for no ack.
/// Units: `count` is entries (0: `size` is left out).
std::string pack_chunk(std::string_view tag, std::string_view entries, std::string_view chunk_id, size_t count);

/// As pack_chunk, with the entries packed by gzip (CompressedPackedForward).
std::string pack_compressed_chunk(std::string_view tag, std::string_view entries, std::string_view chunk_id,
                                  size_t count);

/// Appends the answer `{"ack": chunk_id}`, the id as msgpack str with exactly its bytes.
void append_ack(std::string& out, std::string_view chunk_id);

/// The pieces of msgpack that the two above are made of, in their shortest forms.
void append_str(std::string& out, std::string_view text);
void append_bin(std::string& out, std::string_view bytes);
void append_uint(std::string& out, uint64_t n);
/// EventTime: ext type 0 of 8 bytes. Units: Unix milliseconds, not negative.
void append_event_time(std::string& out, int64_t unix_milliseconds);

}  // namespace cartwheel::forward
