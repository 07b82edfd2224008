#pragma once

#include "runtime/base/same_text.hpp"
#include "runtime/base/warm_blocks.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace cartwheel {

/// An immutable text in 8 bytes, shared by counting without atomics: a cart's state copies by bumping a few counts, so a
/// handler can work on a copy and swap it in.
/// Runs on: one thread at a time; all copies of one text belong to the same shard.
/// Cost: one block of 8 B + length per distinct text; empty costs nothing.
class local_text {
 public:
  local_text() = default;
  explicit local_text(std::string_view text)
      : local_text{make(text.size(), [&](char* to) { std::memcpy(to, text.data(), text.size()); })} {}
  /// A text of `size` bytes that `fill(char*)` writes; not called for none.
  template <class F>
  static local_text make(size_t size, F&& fill) {
    local_text text;
    if (size == 0) return text;
    auto* block = static_cast<header*>(warm_blocks::take(sizeof(header) + size));
    block->references = 1;
    block->size = static_cast<uint32_t>(size);
    fill(reinterpret_cast<char*>(block + 1));
    text.block_ = block;
    return text;
  }
  local_text(const local_text& other) noexcept : block_{other.block_} {
    if (block_ != nullptr) ++block_->references;
  }
  local_text(local_text&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  local_text& operator=(local_text other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~local_text() {
    if (block_ != nullptr && --block_->references == 0) warm_blocks::give_back(block_, sizeof(header) + block_->size);
  }

  std::string_view view() const {
    return block_ == nullptr ? std::string_view{}
                             : std::string_view{reinterpret_cast<const char*>(block_ + 1), block_->size};
  }
  bool empty() const { return block_ == nullptr; }
  /// Asks the cache for the first `lines` of its lines: they will be read soon.
  /// Always inline, like whatever does nothing but call it: a function that only prefetches counts as pure with GCC 12,
  /// which drops calls of it.
  [[gnu::always_inline]] void prefetch(size_t lines = 1) const {
    if (block_ == nullptr) return;
    for (size_t i = 0; i < lines; ++i) __builtin_prefetch(reinterpret_cast<const char*>(block_) + 64 * i);
  }
  friend bool operator==(const local_text& a, std::string_view b) { return same_text(a.view(), b); }

 private:
  struct header {
    uint32_t references;
    uint32_t size;
  };
  header* block_ = nullptr;
};

}  // namespace cartwheel
