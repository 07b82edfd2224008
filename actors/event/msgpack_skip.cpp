#include "actors/event/msgpack_skip.hpp"

#include <cstdint>

namespace cartwheel {

std::optional<size_t> msgpack_length(std::string_view bytes) {
  size_t at = 0;
  // Each header takes a byte at least and owes 2^33 values at most: no chunk is long enough to overflow this.
  uint64_t owed = 1;
  bool cut = false;
  auto length = [&](size_t width) -> uint64_t {  // big-endian
    if (bytes.size() - at < width) {
      cut = true;
      return 0;
    }
    uint64_t value = 0;
    for (size_t end = at + width; at < end; ++at) value = value << 8 | static_cast<unsigned char>(bytes[at]);
    return value;
  };
  while (owed > 0) {
    if (at == bytes.size()) return std::nullopt;
    auto header = static_cast<unsigned char>(bytes[at++]);
    uint64_t payload = 0;
    --owed;
    if (header <= 0x7f || header >= 0xe0) {
      // fixint
    } else if (header <= 0x8f) {
      owed += 2 * (header & 0x0fu);
    } else if (header <= 0x9f) {
      owed += header & 0x0fu;
    } else if (header <= 0xbf) {
      payload = header & 0x1fu;
    } else {
      switch (header) {
        case 0xc0:
        case 0xc2:
        case 0xc3: break;  // nil, false, true
        case 0xc4:
        case 0xd9: payload = length(1); break;  // bin, str
        case 0xc5:
        case 0xda: payload = length(2); break;
        case 0xc6:
        case 0xdb: payload = length(4); break;
        case 0xc7: payload = length(1) + 1; break;  // ext: and its type
        case 0xc8: payload = length(2) + 1; break;
        case 0xc9: payload = length(4) + 1; break;
        case 0xcc:
        case 0xd0: payload = 1; break;  // integers
        case 0xcd:
        case 0xd1: payload = 2; break;
        case 0xce:
        case 0xd2:
        case 0xca: payload = 4; break;  // and float32
        case 0xcf:
        case 0xd3:
        case 0xcb: payload = 8; break;  // and float64
        case 0xd4: payload = 2; break;  // fixext: and its type
        case 0xd5: payload = 3; break;
        case 0xd6: payload = 5; break;
        case 0xd7: payload = 9; break;
        case 0xd8: payload = 17; break;
        case 0xdc: owed += length(2); break;  // array
        case 0xdd: owed += length(4); break;
        case 0xde: owed += 2 * length(2); break;  // map
        case 0xdf: owed += 2 * length(4); break;
        default: return std::nullopt;  // 0xc1, never used
      }
    }
    if (cut || payload > bytes.size() - at) return std::nullopt;
    at += payload;
  }
  return at;
}

}  // namespace cartwheel
