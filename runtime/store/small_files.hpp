#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cartwheel {

/// Neighbours in a list: [first, last).
struct neighbours {
  size_t first = 0;
  size_t last = 0;

  bool empty() const { return first == last; }
};

/// Which files of a level are to become one: limits::store_files_merged_min neighbours or a few more, which are no larger
/// together than a file is meant to be, and none of them larger than the others together. So a byte is written again as
/// often as its file has grown so many times over, and what stays is a few files of each size.
/// Shape: sizes in bytes, in the order of their keys.  Returns: empty: there is nothing to gain.
neighbours small_neighbours(std::span<const uint64_t> file_bytes, uint64_t bytes_max);

}  // namespace cartwheel
