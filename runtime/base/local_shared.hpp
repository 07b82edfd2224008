#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace cartwheel {

/// One immutable value in 8 bytes, shared by counting without atomics; null: there is none.
/// Runs on: one thread at a time; all copies belong to the same shard.  Cost: one allocation of the value and 4 B.
template <class T>
class local_shared {
 public:
  local_shared() = default;
  local_shared(const local_shared& other) noexcept : block_{other.block_} {
    if (block_ != nullptr) ++block_->references;
  }
  local_shared(local_shared&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  local_shared& operator=(local_shared other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~local_shared() {
    if (block_ != nullptr && --block_->references == 0) delete block_;
  }

  /// Its own from here on is this value, which the caller may finish; other copies keep theirs.
  T& renew(T value) {
    local_shared fresh;
    fresh.block_ = new block{1, std::move(value)};
    std::swap(block_, fresh.block_);
    return block_->value;
  }

  const T& operator*() const { return block_->value; }
  const T* operator->() const { return &block_->value; }
  friend bool operator==(const local_shared& a, std::nullptr_t) { return a.block_ == nullptr; }

 private:
  struct block {
    uint32_t references;
    T value;
  };
  block* block_ = nullptr;
};

}  // namespace cartwheel
