#pragma once

#include "actors/parking/parked_index.hpp"
#include "actors/parking/word_set.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace cartwheel {

/// Finds the entries of a warm_table by further hashes than their key's: those in memory by the whole hash, the parked ones
/// of a partition by 24 bits of it, so what is found has to be confirmed.
/// Cost: 48 B for each of an entry in memory, some 12 B for each of a parked one.
template <class Entry>
class further_index {
 public:
  void file(uint64_t hash, Entry& e) { hot_.emplace(hash, &e); }
  void unfile(uint64_t hash, Entry& e) { hot_.erase({hash, &e}); }
  std::vector<Entry*> hot(uint64_t hash) const {
    std::vector<Entry*> found;
    for (auto i = hot_.lower_bound({hash, nullptr}); i != hot_.end() && i->first == hash; ++i)
      found.push_back(i->second);
    return found;
  }

  void park(size_t partition, uint32_t print, uint64_t number) { parked_[partition].insert(word(print, number)); }
  void unpark(size_t partition, uint32_t print, uint64_t number) { parked_[partition].erase(word(print, number)); }
  /// The numbers of records that may be it.
  std::vector<uint64_t> parked(size_t partition, uint32_t print) const {
    std::vector<uint64_t> found;
    parked_[partition].each_from(word(print, 0), [&](uint64_t w) {
      if (print_in(w) != print) return false;
      found.push_back(number_in(w));
      return true;
    });
    return found;
  }
  size_t parked(size_t partition) const { return parked_[partition].size(); }
  template <class F>
  void each_parked(size_t partition, F&& f) const {
    parked_[partition].each_from(0, [&](uint64_t w) {
      f(print_in(w), number_in(w));
      return true;
    });
  }

 private:
  static constexpr unsigned number_bits = 64 - parked_index::print_bits;
  static uint64_t word(uint32_t print, uint64_t number) { return uint64_t{print} << number_bits | number; }
  static uint32_t print_in(uint64_t w) { return static_cast<uint32_t>(w >> number_bits); }
  static uint64_t number_in(uint64_t w) { return w & ((uint64_t{1} << number_bits) - 1); }

  std::set<std::pair<uint64_t, Entry*>> hot_;
  std::array<word_set, person_partition_count> parked_;
};

}  // namespace cartwheel
