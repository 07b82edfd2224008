#include "runtime/base/crc32c.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace cartwheel {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

// Slicing by 8: row k holds the sums of a byte with k zero bytes behind it.
constexpr auto tables = [] {
  constexpr uint32_t polynomial = 0x82f63b78;  // reflected
  std::array<std::array<uint32_t, 256>, 8> t{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t sum = i;
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? polynomial : 0);
    t[0][i] = sum;
  }
  for (size_t row = 1; row < 8; ++row)
    for (size_t i = 0; i < 256; ++i) t[row][i] = t[row - 1][i] >> 8 ^ t[0][t[row - 1][i] & 0xff];
  return t;
}();

uint64_t word_at(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t by_instruction(std::string_view bytes, uint32_t before) {
  uint64_t sum = ~before;
  const char* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) sum = _mm_crc32_u64(sum, word_at(p));
  auto last = static_cast<uint32_t>(sum);
  for (; left > 0; ++p, --left) last = _mm_crc32_u8(last, static_cast<unsigned char>(*p));
  return ~last;
}
#endif

}  // namespace

uint32_t crc32c_by_table(std::string_view bytes, uint32_t before) {
  uint32_t sum = ~before;
  const char* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t word = word_at(p) ^ sum;
    sum = 0;
    for (size_t i = 0; i < 8; ++i) sum ^= tables[7 - i][word >> (8 * i) & 0xff];
  }
  for (; left > 0; ++p, --left) sum = sum >> 8 ^ tables[0][(sum ^ static_cast<unsigned char>(*p)) & 0xff];
  return ~sum;
}

uint32_t crc32c(std::string_view bytes, uint32_t before) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return by_instruction(bytes, before);
#endif
  return crc32c_by_table(bytes, before);
}

}  // namespace cartwheel
