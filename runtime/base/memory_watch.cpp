#include "runtime/base/memory_watch.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace cartwheel {

memory_watch::memory_watch(uint64_t limit_bytes, std::function<uint64_t()> used)
    : limit_{limit_bytes}, measure_{std::move(used)} {}

void memory_watch::look() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < std::chrono::seconds{1}) return;
  looked_ = now;
  used_.store(measure_(), std::memory_order_relaxed);
}

uint64_t memory_watch::of_the_machine() {
  const auto machine =
    static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  uint64_t group = 0;
  std::ifstream in{"/sys/fs/cgroup/memory.max"};  // "max" where there is no limit: no number
  return in >> group ? std::min(machine, group) : machine;
}

uint64_t memory_watch::resident_bytes() {
  uint64_t size = 0, resident = 0;
  std::ifstream in{"/proc/self/statm"};
  in >> size >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace cartwheel
