#pragma once

#include <cstddef>
#include <memory>

namespace cartwheel {

/// Memory for the cells of one shard: blocks of exact sizes, so that a cell costs what it is, in chunks of their own that
/// go back to the system when the last cell in them is gone, whatever else the process has allocated meanwhile.
/// Shape: sizes in steps of 8 B, chunks of 256 KiB of one size each; what a chunk has never given is not resident.
/// Bounds: blocks of 1..block_max bytes.  Errors: std::bad_alloc, std::length_error.
/// Runs on: any thread, by a lock that nobody else wants as a rule: a cell's block is given back by whoever lets go of it
/// last. Blocks may outlive the arena; its chunks go with the last of them.
/// Cost: 64 B a chunk; a chunk of each size in use stays.  Source: docs/decisions/0024-carts-in-an-arena.md.
class cell_arena {
 public:
  static constexpr size_t block_max = 1024;

  /// `companion` is what its blocks have in common: there while the arena or a block of it is.
  explicit cell_arena(std::shared_ptr<const void> companion = nullptr);
  ~cell_arena();
  cell_arena(const cell_arena&) = delete;
  cell_arena& operator=(const cell_arena&) = delete;

  /// Aligned to 8 B.
  void* take(size_t bytes);
  /// A block that take() gave, of whichever arena.
  static void give_back(void* block) noexcept;
  /// The companion of the arena that gave the block in which this lies.
  static const void* companion_of(const void* inside) noexcept;

  /// How many it holds now.
  size_t chunks() const;

 private:
  struct chunk;
  struct state;
  state* state_;
};

}  // namespace cartwheel
