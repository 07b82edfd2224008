#include "runtime/store/torn_manifest.hpp"

#include "runtime/base/crc32c.hpp"

#include <cstdint>

namespace cartwheel {

namespace {

constexpr size_t block_bytes = 32 * 1024;
constexpr size_t header_bytes = 4 + 2 + 1;
enum record_type : uint8_t { none = 0, full = 1, first = 2, middle = 3, last = 4 };

uint32_t number_at(std::string_view bytes, size_t at, size_t count) {
  uint32_t n = 0;
  for (size_t i = 0; i < count; ++i) n |= uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return n;
}

/// A checksum of bytes that hold checksums is stored turned, so that it is not one of itself.
uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

}  // namespace

size_t whole_records_of_manifest(std::string_view bytes) {
  size_t whole = 0;
  bool in_parts = false;
  for (size_t at = 0; at + header_bytes <= bytes.size();) {
    const auto left_in_block = block_bytes - at % block_bytes;
    if (left_in_block < header_bytes) {
      at += left_in_block;
      continue;
    }
    const auto length = number_at(bytes, at + 4, 2);
    const auto type = static_cast<uint8_t>(bytes[at + 6]);
    const auto end = at + header_bytes + length;
    const bool in_place = type == full || type == first ? !in_parts : (type == middle || type == last) && in_parts;
    if (!in_place || header_bytes + length > left_in_block || end > bytes.size()) break;
    if (number_at(bytes, at, 4) != masked(crc32c(bytes.substr(at + 6, 1 + length)))) break;
    in_parts = type == first || type == middle;
    if (!in_parts) whole = end;
    at = end;
  }
  return whole;
}

}  // namespace cartwheel
