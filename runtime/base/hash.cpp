#include "runtime/base/hash.hpp"

#include <bit>
#include <cstring>

namespace cartwheel {

namespace {

struct sip_state {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
};

}  // namespace

uint64_t keyed_hash(const hash_key& key, std::string_view text) {
  static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");
  sip_state s{key.k0 ^ 0x736f6d6570736575ull, key.k1 ^ 0x646f72616e646f6dull, key.k0 ^ 0x6c7967656e657261ull,
              key.k1 ^ 0x7465646279746573ull};
  const char* p = text.data();
  size_t left = text.size();
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    s.v3 ^= word;
    s.round();
    s.v0 ^= word;
  }
  uint64_t last = uint64_t{text.size()} << 56;
  if (left > 0) {
    uint64_t tail = 0;
    std::memcpy(&tail, p, left);
    last |= tail;
  }
  s.v3 ^= last;
  s.round();
  s.v0 ^= last;
  s.v2 ^= 0xff;
  s.round();
  s.round();
  s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

}  // namespace cartwheel
