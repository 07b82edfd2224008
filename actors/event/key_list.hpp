#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Finds a key that stands twice in one map, for maps within maps.
/// Cost: nothing to look at in maps of one key; a few keys are compared with each other, many are sorted, so that a
/// hostile map of thousands costs no more than its bytes deserve.
class key_list {
 public:
  void clear() {
    keys_.clear();
    open_ = 0;
  }
  void open() { starts_[open_++] = keys_.size(); }
  void add(std::string_view key) { keys_.push_back(key); }

  /// Ends the innermost map. Gives: the key it had twice, or an empty view with a null pointer.
  std::string_view close() {
    auto first = keys_.begin() + static_cast<std::ptrdiff_t>(starts_[--open_]);
    auto last = keys_.end();
    std::string_view twice = last - first < 2 ? std::string_view{} : repeated(first, last);
    keys_.erase(first, last);
    return twice;
  }

 private:
  using iterator = std::vector<std::string_view>::iterator;

  static std::string_view repeated(iterator first, iterator last) {
    constexpr std::ptrdiff_t few = 12;
    if (last - first <= few) {
      for (auto a = first; a != last; ++a) {
        if (std::find(first, a, *a) != a) return named(*a);
      }
      return {};
    }
    std::sort(first, last);
    auto twin = std::adjacent_find(first, last);
    return twin == last ? std::string_view{} : named(*twin);
  }

  // The empty key is a key too; its view must not look like "none".
  static std::string_view named(std::string_view key) { return key.data() == nullptr ? std::string_view{""} : key; }

  std::vector<std::string_view> keys_;
  std::array<size_t, 16> starts_{};
  size_t open_ = 0;
};

}  // namespace cartwheel
