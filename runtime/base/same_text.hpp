#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace cartwheel {

/// Whether two texts are the same, eight bytes at a time; for ids, which have 4 to 40.
/// Not memcmp for those: that of glibc loads by a mask where a processor can, and such a load was seen to wait for stores
/// before it (AMD family 26): 70 ns a comparison in a shard, whose stores go all over memory, instead of 2.
inline bool same_text(std::string_view a, std::string_view b) {
  constexpr size_t loop_max = 64;
  const size_t n = a.size();
  if (n != b.size()) return false;
  if (n > loop_max) return std::memcmp(a.data(), b.data(), n) == 0;
  auto same = [&]<class Word>(Word mine, size_t at) {
    Word other;
    std::memcpy(&mine, a.data() + at, sizeof mine);
    std::memcpy(&other, b.data() + at, sizeof other);
    return mine == other;
  };
  if (n >= 8) {
    for (size_t at = 0; at + 8 < n; at += 8)
      if (!same(uint64_t{}, at)) return false;
    return same(uint64_t{}, n - 8);  // some bytes twice
  }
  if (n >= 4) return same(uint32_t{}, 0) && same(uint32_t{}, n - 4);
  for (size_t at = 0; at < n; ++at)
    if (a[at] != b[at]) return false;
  return true;
}

}  // namespace cartwheel
