#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace cartwheel::bench {

/// With the tests a benchmark runs small, so that it cannot rot; its figures mean nothing then.
inline bool small() {
  const char* set = std::getenv("CARTWHEEL_BENCH_SMALL");
  return set != nullptr && std::string_view{set} == "1";
}

inline size_t full_or_small(size_t full_size, size_t small_size) { return small() ? small_size : full_size; }

/// Bytes of this process that lie in memory. Source: proc(5), statm.
inline double resident_bytes() {
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (f == nullptr) throw std::runtime_error{"/proc/self/statm cannot be read"};
  long total = 0, resident = 0;
  int fields = std::fscanf(f, "%ld %ld", &total, &resident);
  std::fclose(f);
  if (fields != 2) throw std::runtime_error{"/proc/self/statm has another shape"};
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace cartwheel::bench
