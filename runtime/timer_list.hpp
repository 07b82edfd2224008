#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cartwheel {

/// Timers in the order in which they were added, millions or none.
/// Shape: a list of short vectors, so that it neither grows nor shrinks all at once.  Cost: 24 B for each 512.
template <class Timer>
class timer_list {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  void push_back(const Timer& timer) {
    if (blocks_.empty() || blocks_.back().size() == block_timers) blocks_.emplace_back();
    blocks_.back().push_back(timer);
    ++size_;
  }
  /// Some one of them. There is one.
  const Timer& any() const {
    return std::find_if(blocks_.begin(), blocks_.end(), [](const auto& b) { return !b.empty(); })->front();
  }
  template <class F>
  void each(F&& f) const {
    for (const auto& some : blocks_)
      for (const auto& timer : some) f(timer);
  }
  /// They are gone, and their memory with them.
  void clear() {
    std::vector<block>{}.swap(blocks_);
    size_ = 0;
  }

  /// Goes on at block `at` until it has come by `most` or the end: drops those that are stale. Gives how many it came by.
  template <class Stale>
  size_t sweep(size_t& at, size_t most, Stale&& stale) {
    size_t seen = 0;
    for (; at < blocks_.size() && seen < most; ++at) {
      auto& some = blocks_[at];
      seen += some.size() + 1;
      size_ -= std::erase_if(some, stale);
      if (2 * some.size() < some.capacity()) some.shrink_to_fit();
    }
    if (at >= blocks_.size()) {
      std::erase_if(blocks_, [](const auto& b) { return b.empty(); });
      if (2 * blocks_.size() < blocks_.capacity()) blocks_.shrink_to_fit();
    }
    return seen;
  }

 private:
  using block = std::vector<Timer>;
  static constexpr size_t block_timers = 512;

  std::vector<block> blocks_;
  size_t size_ = 0;
};

}  // namespace cartwheel
