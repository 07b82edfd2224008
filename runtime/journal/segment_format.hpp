#pragma once

#include "runtime/journal/journal.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The bytes of the log, and nothing of files: docs/journal-format.md says the same to writers of other readers.
/// Units: bytes; numbers are little-endian; records begin at multiples of 8.
namespace cartwheel {

constexpr uint32_t segment_format_version = 1;
/// A page of its own, so that no write of a record ever touches it again.
constexpr size_t segment_header_bytes = 4096;
constexpr size_t record_header_bytes = 56;
constexpr size_t record_alignment = 8;

struct segment_header {
  /// Drawn for this segment, and at the front of each of its records: whoever looks for records behind a hole cannot be
  /// misled by a payload that was made to look like one.
  uint64_t mark = 0;
  position first{};
  position previous{};                   // the segment before this one begins there; 0: there was none
  position previous_end{};               // and ends there: `first`, unless a repair left a gap
  instant previous_newest = before_all;  // received time of the last record before this segment
};

struct record_header {
  uint32_t payload_bytes = 0;
  position at{};
  position group_first{};
  /// Everything below was synced when this was written: a hole there is damage, above it perhaps only a torn tail.
  position durable_below{};
  instant received{};
  record_kind kind = record_kind::events;
  payload_format format = payload_format::none;
  bool closes_group = false;
};

/// `00000000000000000001.segment`: sorted by name is sorted by position.
std::string segment_name(position first);
/// Nothing for the name of anything else.
std::optional<position> segment_first(std::string_view name);

/// Why a page is no header that can be used.
struct unusable_header {
  std::string why;
  bool other_format = false;  // it is sound, and another version's
};

/// All of the header's page.
std::string encode(const segment_header& h);
std::variant<segment_header, unusable_header> decode_segment_header(std::string_view page);

/// The length of a record in the file.
constexpr uint64_t record_bytes(uint64_t payload_bytes) {
  return (record_header_bytes + payload_bytes + record_alignment - 1) / record_alignment * record_alignment;
}

/// Writes a record's header to `to`, which has record_header_bytes; the payload and zeros up to record_bytes follow it.
void encode(const record_header& h, uint64_t mark, std::string_view payload, char* to);

/// The length of the record whose header stands at the front of `bytes`; nothing when none with this mark does.
std::optional<uint64_t> record_length(std::string_view bytes, uint64_t mark);

/// The record at the front of `bytes`; nothing when none that is whole and unharmed stands there.
std::optional<record_header> decode_record(std::string_view bytes, uint64_t mark);

}  // namespace cartwheel
