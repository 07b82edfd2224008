#pragma once

#include "actors/event/limits.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <utility>

namespace cartwheel {

/// Event ids of an open cart beyond the newest four, which its state holds itself. Source: docs/SEMANTICS.md rule 22.
/// Bounds: limits::event_ids_max.  Cost: 8 B, and 8 B an id and 8 B once there are some.
class older_event_ids {
 public:
  older_event_ids() = default;
  older_event_ids(older_event_ids&& from) noexcept : block_{std::exchange(from.block_, nullptr)} {}
  older_event_ids& operator=(older_event_ids&& from) noexcept {
    std::swap(block_, from.block_);
    return *this;
  }
  ~older_event_ids() { std::free(block_); }

  /// Oldest first.
  std::span<const uint64_t> ids() const {
    return block_ == nullptr ? std::span<const uint64_t>{} : std::span{first(), block_->size};
  }
  bool knows(uint64_t id) const {
    auto all = ids();
    return std::find(all.begin(), all.end(), id) != all.end();
  }
  /// At most `most` stay, the newest.  Errors: std::bad_alloc; nothing has changed then.
  void push(uint64_t id, size_t most) {
    if (block_ == nullptr || (block_->size == block_->room && block_->size < most)) widen();
    if (block_->size >= most) {
      const size_t kept = most - 1;
      std::memmove(first(), first() + (block_->size - kept), kept * sizeof(uint64_t));
      block_->size = static_cast<uint32_t>(kept);
    }
    first()[block_->size++] = id;
  }
  [[gnu::always_inline]] void prefetch() const { __builtin_prefetch(block_); }

  void save(byte_writer& to) const {
    to.number(ids().size());
    for (auto id : ids()) to.fixed(id);
  }
  /// Errors: broken_bytes.
  static older_event_ids load(byte_reader& from) {
    older_event_ids loaded;
    const auto n = from.number();
    if (n > limits::event_ids_max) throw broken_bytes{"more event ids than a cart keeps"};
    for (uint64_t i = 0; i < n; ++i) loaded.push(from.fixed(), limits::event_ids_max);
    return loaded;
  }

 private:
  struct header {
    uint32_t size;
    uint32_t room;
  };
  static constexpr uint32_t step = 3;  // 32 B at first, 56, 80, 104

  uint64_t* first() { return reinterpret_cast<uint64_t*>(block_ + 1); }
  const uint64_t* first() const { return reinterpret_cast<const uint64_t*>(block_ + 1); }
  void widen() {
    const uint32_t size = block_ == nullptr ? 0 : block_->size;
    auto* wider = static_cast<header*>(std::realloc(block_, sizeof(header) + (size + step) * sizeof(uint64_t)));
    if (wider == nullptr) throw std::bad_alloc{};
    *wider = {size, size + step};
    block_ = wider;
  }

  header* block_ = nullptr;
};

}  // namespace cartwheel
