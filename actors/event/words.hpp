#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

/// Short texts eight bytes at a time: most of ours have 4 to 20 bytes, where a loop over bytes guesses its end wrong and
/// a library search has not yet warmed up.
namespace cartwheel::words {

static_assert(std::endian::native == std::endian::little, "first_of counts bytes from the low end");

constexpr uint64_t each(uint8_t byte) { return 0x0101010101010101u * byte; }

template <class Word>
constexpr uint64_t load(const char* p) {
  Word word = 0;
  if (std::is_constant_evaluated()) {
    for (size_t i = sizeof(Word); i-- > 0;)
      word = static_cast<Word>(uint64_t{word} << 8 | static_cast<unsigned char>(p[i]));
  } else {
    std::memcpy(&word, p, sizeof(Word));
  }
  return word;
}
constexpr uint64_t load8(const char* p) { return load<uint64_t>(p); }
constexpr uint64_t load4(const char* p) { return load<uint32_t>(p); }

/// Every byte of a text of 1..7 bytes, some of them twice, without reading beyond it; unused places are spaces.
constexpr uint64_t load_short(const char* p, size_t n) {
  if (n >= 4) return load4(p) | load4(p + n - 4) << 32;
  auto byte = [&](size_t i) { return uint64_t{static_cast<unsigned char>(p[i])}; };
  return 0x2020202020000000u | byte(0) | byte(n / 2) << 8 | byte(n - 1) << 16;
}

/// A high bit where a byte is `c`. Exact up to the first such byte, which is all that first_of asks.
constexpr uint64_t marks_of(uint64_t word, char c) {
  uint64_t zero = word ^ each(static_cast<uint8_t>(c));
  return (zero - each(1)) & ~zero & each(0x80);
}

/// The place of the lowest mark, which must exist.
constexpr size_t first_of(uint64_t marks) { return static_cast<size_t>(std::countr_zero(marks)) / 8; }

}  // namespace cartwheel::words
