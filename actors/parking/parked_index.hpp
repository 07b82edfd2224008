#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cartwheel {

/// Which records lie parked, by the hash of what they are of: 24 bits of it beside the record's number, so a hit has to be
/// confirmed by what the record says.
/// Cost: 8 B an entry at a load of at most 3/4.
class parked_index {
 public:
  static constexpr unsigned print_bits = 24;
  static uint32_t print_of(uint64_t hash) { return static_cast<uint32_t>(hash >> (64 - print_bits)); }

  size_t size() const { return size_; }

  /// Calls is_it(number) for what may be it, until one says yes.
  template <class F>
  bool find(uint32_t print, F&& is_it) const {
    if (size_ == 0) return false;
    for (size_t i = print & mask(); entries_[i] != 0; i = (i + 1) & mask())
      if (print_in(entries_[i]) == print && is_it(number_in(entries_[i]))) return true;
    return false;
  }

  /// Bounds: `number` from 1, below 2^40.
  void insert(uint32_t print, uint64_t number);
  void erase(uint32_t print, uint64_t number);

  template <class F>
  void for_each(F&& f) const {
    for (auto e : entries_)
      if (e != 0) f(print_in(e), number_in(e));
  }

 private:
  static constexpr unsigned number_bits = 40;
  static uint32_t print_in(uint64_t entry) { return static_cast<uint32_t>(entry >> number_bits); }
  static uint64_t number_in(uint64_t entry) { return entry & ((uint64_t{1} << number_bits) - 1); }
  size_t mask() const { return entries_.size() - 1; }
  void place(uint64_t entry);

  std::vector<uint64_t> entries_;  // 0: empty
  size_t size_ = 0;
};

}  // namespace cartwheel
