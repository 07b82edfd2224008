#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel::forward {

/// What gunzip made of its input: bytes, or nothing and why.
struct unzipped {
  std::optional<std::string> bytes;
  std::string fault;
};

/// Unpacks one or more gzip members, one after the other; no bytes unpack to no bytes.
/// Bounds: at most `bytes_max` come out, memory never exceeds twice that.
/// Errors: `fault` names the offset in `packed` and what was wrong: cut short, a bad checksum, too much, no gzip.
/// Source: RFC 1952 section 2.2 (members simply follow each other).
unzipped gunzip(std::string_view packed, size_t bytes_max);

/// Packs into one gzip member.
std::string gzip(std::string_view bytes);

}  // namespace cartwheel::forward
