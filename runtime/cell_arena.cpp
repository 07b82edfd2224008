#include "runtime/cell_arena.hpp"

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

// A block that nobody has is nobody's to touch. LeakSanitizer looks for references in what malloc gave, so chunks come from
// there where it watches.
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(from, bytes) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(from, bytes) static_cast<void>(0)
#endif

namespace cartwheel {

namespace {

constexpr size_t chunk_bytes = size_t{256} << 10;
constexpr size_t step = 8;
constexpr size_t classes = cell_arena::block_max / step;

/// Chunks lie at multiples of their size, so a block's address says which one it is of.
void* map_chunk() {
#if defined(__SANITIZE_ADDRESS__)
  void* whole = std::aligned_alloc(chunk_bytes, chunk_bytes);
  if (whole == nullptr) throw std::bad_alloc{};
  return whole;
#else
  void* mapped = ::mmap(nullptr, 2 * chunk_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc{};
  char* begin = static_cast<char*>(mapped);
  const size_t before = (chunk_bytes - reinterpret_cast<uintptr_t>(begin) % chunk_bytes) % chunk_bytes;
  if (before > 0) ::munmap(begin, before);
  ::munmap(begin + before + chunk_bytes, chunk_bytes - before);
  return begin + before;
#endif
}

void unmap_chunk(void* chunk) {
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(chunk, chunk_bytes);
  std::free(chunk);
#else
  ::munmap(chunk, chunk_bytes);
#endif
}

}  // namespace

/// Stands at the beginning of its memory.
struct cell_arena::chunk {
  state* of = nullptr;
  chunk* next = nullptr;  // the chunks of this size that have room, in a list
  chunk* before = nullptr;
  void* free = nullptr;  // blocks that were given back, each holding the next one's address
  uint32_t size_class = 0;
  uint32_t used = 0;
  uint32_t fresh = 0;  // blocks from here on were never given

  size_t block_bytes() const { return (size_class + 1) * step; }
  uint32_t capacity() const { return static_cast<uint32_t>((chunk_bytes - first_block) / block_bytes()); }
  char* block(uint32_t number) { return reinterpret_cast<char*>(this) + first_block + number * block_bytes(); }
  static constexpr size_t first_block = 64;

  static chunk* around(const void* inside) {
    return reinterpret_cast<chunk*>(reinterpret_cast<uintptr_t>(inside) / chunk_bytes * chunk_bytes);
  }
};

struct cell_arena::state {
  explicit state(std::shared_ptr<const void> c) : companion{std::move(c)} {}

  const std::shared_ptr<const void> companion;
  std::mutex mutex;
  std::array<chunk*, classes> roomy{};
  size_t chunks = 0;
  bool orphaned = false;  // its arena is gone: nothing is taken any more

  void list(chunk& c) {
    auto& first = roomy[c.size_class];
    c.before = nullptr;
    c.next = first;
    if (first != nullptr) first->before = &c;
    first = &c;
  }
  void unlist(chunk& c) {
    (c.before != nullptr ? c.before->next : roomy[c.size_class]) = c.next;
    if (c.next != nullptr) c.next->before = c.before;
    c.next = c.before = nullptr;
  }
};

cell_arena::cell_arena(std::shared_ptr<const void> companion) : state_{new state{std::move(companion)}} {
  static_assert(sizeof(chunk) <= chunk::first_block);
}

cell_arena::~cell_arena() {
  bool last = false;
  chunk* empty = nullptr;
  {
    std::lock_guard lock{state_->mutex};
    state_->orphaned = true;
    for (auto* first : state_->roomy)
      for (auto* c = first; c != nullptr;) {
        auto* next = c->next;
        if (c->used == 0) {
          state_->unlist(*c);
          --state_->chunks;
          c->next = empty;
          empty = c;
        }
        c = next;
      }
    last = state_->chunks == 0;
  }
  while (empty != nullptr) unmap_chunk(std::exchange(empty, empty->next));
  if (last) delete state_;
}

void* cell_arena::take(size_t bytes) {
  if (bytes == 0 || bytes > block_max) throw std::length_error{"a cell is larger than its arena's blocks"};
  const size_t size_class = (bytes - 1) / step;
  std::lock_guard lock{state_->mutex};
  auto* c = state_->roomy[size_class];
  if (c == nullptr) {
    c = new (map_chunk()) chunk;
    c->of = state_;
    c->size_class = static_cast<uint32_t>(size_class);
    ++state_->chunks;
    state_->list(*c);
    ASAN_POISON_MEMORY_REGION(c->block(0), chunk_bytes - chunk::first_block);
  }
  void* block = c->free;
  if (block != nullptr) {
    ASAN_UNPOISON_MEMORY_REGION(block, c->block_bytes());
    c->free = *static_cast<void**>(block);
  } else {
    block = c->block(c->fresh++);
    ASAN_UNPOISON_MEMORY_REGION(block, c->block_bytes());
  }
  if (++c->used == c->capacity()) state_->unlist(*c);
  return block;
}

void cell_arena::give_back(void* block) noexcept {
  auto* c = chunk::around(block);
  auto* of = c->of;
  bool last = false;
  {
    std::lock_guard lock{of->mutex};
    *static_cast<void**>(block) = std::exchange(c->free, block);
    ASAN_POISON_MEMORY_REGION(block, c->block_bytes());
    if (c->used-- == c->capacity()) of->list(*c);
    // The last one with room stays, so that nobody takes and gives back a chunk by turns.
    const bool alone = c->next == nullptr && c->before == nullptr;
    if (c->used > 0 || (alone && !of->orphaned)) return;
    of->unlist(*c);
    last = --of->chunks == 0 && of->orphaned;
  }
  unmap_chunk(c);
  if (last) delete of;
}

const void* cell_arena::companion_of(const void* inside) noexcept { return chunk::around(inside)->of->companion.get(); }

size_t cell_arena::chunks() const {
  std::lock_guard lock{state_->mutex};
  return state_->chunks;
}

}  // namespace cartwheel
