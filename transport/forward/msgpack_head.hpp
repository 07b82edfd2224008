#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel::forward {

enum class msgpack_kind : uint8_t { nil, boolean, integer, real, str, bin, ext, array, map, invalid };

/// The first bytes of a msgpack object: everything but the payload of str, bin and ext and the elements of array and map.
/// Shape: `length` is payload bytes, array elements or map pairs; `number` holds the bits of nil to real.
/// Source: the msgpack specification, Formats.
struct msgpack_head {
  msgpack_kind kind = msgpack_kind::invalid;
  uint8_t size = 1;
  uint64_t length = 0;
  uint64_t number = 0;
};

/// How many bytes the head has that starts with this byte.
constexpr uint8_t msgpack_head_size(uint8_t first) {
  constexpr uint8_t sizes[32] = {
    1, 1, 1, 1, 2, 3, 5, 3, 4, 6, 5, 9, 2, 3, 5, 9,  // c0 nil..cf uint64
    2, 3, 5, 9, 2, 2, 2, 2, 2, 2, 3, 5, 3, 5, 3, 5,  // d0 int8..df map32
  };
  return first >= 0xc0 && first <= 0xdf ? sizes[first - 0xc0] : uint8_t{1};
}

/// Reads the head at the start of `bytes`, which must hold msgpack_head_size of its first byte.
constexpr msgpack_head read_msgpack_head(std::string_view bytes) {
  auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  auto big_endian = [&](size_t from, size_t count) {
    uint64_t n = 0;
    for (size_t i = 0; i < count; ++i) n = n << 8 | at(from + i);
    return n;
  };
  using kind = msgpack_kind;
  const uint8_t first = at(0);
  if (first <= 0x7f || first >= 0xe0) return {kind::integer, 1, 0, first};
  if (first <= 0x8f) return {kind::map, 1, first & 0x0fu, 0};
  if (first <= 0x9f) return {kind::array, 1, first & 0x0fu, 0};
  if (first <= 0xbf) return {kind::str, 1, first & 0x1fu, 0};
  const uint8_t size = msgpack_head_size(first);
  const size_t rest = size - 1u;
  switch (first) {
    case 0xc0: return {kind::nil, size, 0, 0};
    case 0xc2:
    case 0xc3: return {kind::boolean, size, 0, first & 1u};
    case 0xc4:
    case 0xc5:
    case 0xc6: return {kind::bin, size, big_endian(1, rest), 0};
    case 0xc7:
    case 0xc8:
    case 0xc9: return {kind::ext, size, big_endian(1, rest - 1), 0};  // the last byte is the ext type
    case 0xca:
    case 0xcb: return {kind::real, size, 0, big_endian(1, rest)};
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return {kind::integer, size, 0, big_endian(1, rest)};
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return {kind::ext, size, uint64_t{1} << (first - 0xd4), 0};
    case 0xd9:
    case 0xda:
    case 0xdb: return {kind::str, size, big_endian(1, rest), 0};
    case 0xdc:
    case 0xdd: return {kind::array, size, big_endian(1, rest), 0};
    case 0xde:
    case 0xdf: return {kind::map, size, big_endian(1, rest), 0};
    default: return {kind::invalid, 1, 0, first};  // c1, which msgpack never uses
  }
}

constexpr std::string_view name_of(msgpack_kind k) {
  constexpr std::string_view names[] = {"nil", "boolean", "integer", "float", "str",
                                        "bin", "ext",     "array",   "map",   "no msgpack"};
  return names[static_cast<size_t>(k)];
}

}  // namespace cartwheel::forward
