#pragma once

#include <cstddef>

namespace cartwheel {

/// Memory for what is replaced all the time by something of nearly the same size: the block that this thread let go of last
/// is taken next, while the cache still holds it. An allocator gives out what was let go of longest ago, to be fetched anew.
/// Shape: classes of 8 B; up to kept_max blocks of each wait with the thread, others come from malloc and go to free.
/// Bounds: blocks above block_max go to malloc and free at once.
/// Runs on: any thread; what one took another may give back.
/// Cost: at most 132 KiB a thread, until forget() or its end.
namespace warm_blocks {

constexpr size_t block_max = 512;
constexpr size_t kept_max = 8;

/// Errors: std::bad_alloc.
void* take(size_t bytes);
/// `bytes` is what take() was asked for.
void give_back(void* block, size_t bytes) noexcept;
/// Frees what waits with this thread: when there is nothing to do for a while.
void forget() noexcept;
/// How many wait with this thread.
size_t kept() noexcept;

}  // namespace warm_blocks

}  // namespace cartwheel
