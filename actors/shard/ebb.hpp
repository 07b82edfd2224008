#pragma once

#include <algorithm>
#include <cstddef>

namespace cartwheel {

/// Tells when carts become fewer: what they leave free is not wanted again soon, and worth giving back at once.
/// Its measure is the most carts there were since it was calm: below the peak there is CPU to spare for that.
class ebb {
 public:
  /// There are so many now; whether that is less than there were by a sixty-fourth, and by 4,096.
  bool at(size_t carts) {
    most_ = std::max(most_, carts);
    return most_ - carts >= std::max(least, most_ / part);
  }
  void calm(size_t carts) { most_ = carts; }

 private:
  static constexpr size_t least = 4096, part = 64;
  size_t most_ = 0;
};

}  // namespace cartwheel
