#include "runtime/base/warm_blocks.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace cartwheel::warm_blocks {

namespace {

constexpr size_t step = 8;  // as allocators have small ones
constexpr size_t classes = block_max / step;

// Of bytes 1..block_max.
constexpr size_t class_of(size_t bytes) { return (bytes - 1) / step; }

// A sanitizer sees who uses a block that was given back only where each goes to free.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif

// Without a destructor, so that texts which end behind the thread's other objects find it as it is.
struct waiting {
  std::array<std::array<void*, kept_max>, classes> blocks;
  std::array<uint8_t, classes> count;
  bool over;  // the thread ends: nothing is kept any more
};
constinit thread_local waiting here{};

struct at_end {
  ~at_end() {
    here.over = true;
    forget();
  }
};

}  // namespace

void* take(size_t bytes) {
  if (keeps && bytes > 0 && bytes <= block_max) {
    const size_t c = class_of(bytes);
    if (here.count[c] > 0) return here.blocks[c][--here.count[c]];
    bytes = (c + 1) * step;
  }
  void* block = std::malloc(bytes);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

void give_back(void* block, size_t bytes) noexcept {
  if (keeps && bytes > 0 && bytes <= block_max && !here.over) {
    thread_local at_end when_it_ends;
    static_cast<void>(when_it_ends);
    const size_t c = class_of(bytes);
    if (here.count[c] < kept_max) {
      here.blocks[c][here.count[c]++] = block;
      return;
    }
  }
  std::free(block);
}

void forget() noexcept {
  for (size_t c = 0; c < classes; ++c)
    while (here.count[c] > 0) std::free(here.blocks[c][--here.count[c]]);
}

size_t kept() noexcept {
  size_t all = 0;
  for (auto n : here.count) all += n;
  return all;
}

}  // namespace cartwheel::warm_blocks
