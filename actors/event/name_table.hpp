#pragma once

#include "actors/event/words.hpp"

#include <array>
#include <string_view>

namespace cartwheel {

/// Finds a name of a closed set by its length first, then by its bytes as words: two or three comparisons.
/// Shape: an index is the name's place in the list, so it casts to the enum written in the same order.
/// Bounds: names of 1..24 bytes, fewer than 256.
template <size_t N>
class name_table {
 public:
  explicit consteval name_table(const std::array<std::string_view, N>& names) : names_{names} {
    size_t at = 0;
    for (size_t length = 0; length <= length_max; ++length) {
      begins_[length] = static_cast<uint8_t>(at);
      for (size_t i = 0; i < N; ++i) {
        if (names[i].size() == length) entries_[at++] = {key_of(names[i]), static_cast<uint8_t>(i)};
      }
    }
    begins_[length_max + 1] = static_cast<uint8_t>(at);
    if (at != N) throw "a name is too long";  // so it does not compile
  }

  /// Errors: N when there is no such name.
  size_t find(std::string_view name) const {
    if (name.empty() || name.size() > length_max) return N;
    key wanted = key_of(name);
    for (size_t at = begins_[name.size()], end = begins_[name.size() + 1]; at < end; ++at) {
      if (entries_[at].name == wanted) return entries_[at].index;
    }
    return N;
  }

  constexpr std::string_view operator[](size_t i) const { return names_[i]; }

 private:
  static constexpr size_t length_max = 24;
  static_assert(N < 256);

  // All bytes of a name of known length; the words overlap where it is no multiple of eight.
  struct key {
    uint64_t first = 0;
    uint64_t middle = 0;
    uint64_t last = 0;
    friend bool operator==(const key&, const key&) = default;
  };
  static constexpr key key_of(std::string_view name) {
    const char* p = name.data();
    size_t n = name.size();
    if (n < 8) return {n == 0 ? 0 : words::load_short(p, n), 0, 0};
    return {words::load8(p), n > 16 ? words::load8(p + 8) : 0, words::load8(p + n - 8)};
  }

  struct entry {
    key name;
    uint8_t index = 0;
  };
  std::array<std::string_view, N> names_;
  std::array<entry, N> entries_{};                // shortest name first
  std::array<uint8_t, length_max + 2> begins_{};  // where in entries_ the names of a length begin
};

template <size_t N>
name_table(const std::array<std::string_view, N>&) -> name_table<N>;

}  // namespace cartwheel
