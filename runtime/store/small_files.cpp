#include "runtime/store/small_files.hpp"

#include "runtime/store/limits.hpp"

#include <algorithm>

namespace cartwheel {

neighbours small_neighbours(std::span<const uint64_t> file_bytes, uint64_t bytes_max) {
  for (size_t first = 0; first < file_bytes.size(); ++first) {
    uint64_t total = 0;
    uint64_t largest = 0;
    for (size_t i = first; i < file_bytes.size() && i - first < limits::store_files_merged_max; ++i) {
      total += file_bytes[i];
      largest = std::max(largest, file_bytes[i]);
      if (total > bytes_max) break;
      if (i + 1 - first >= limits::store_files_merged_min && largest <= total - largest) return {first, i + 1};
    }
  }
  return {};
}

}  // namespace cartwheel
