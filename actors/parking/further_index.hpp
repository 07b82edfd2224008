#pragma once

#include "actors/parking/parked_index.hpp"
#include "actors/parking/word_set.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartwheel {

/// Finds the entries of a warm_table by further hashes than their key's: those in memory by the whole hash, the parked ones
/// of a partition by 24 bits of it, so what is found has to be confirmed.
/// Shape: of the entries in memory, the first of a hash is in one of 64 hash tables, so that none takes long to grow; the
/// others are in a tree, as one person may have any number of them.
/// Cost: 40 B for each of an entry in memory, 48 B for each but the first of a hash, some 12 B for each of a parked one.
template <class Entry>
class further_index {
 public:
  void file(uint64_t hash, Entry& e) {
    if (!first_of(hash).try_emplace(hash, &e).second) others_.emplace(hash, &e);
  }
  void unfile(uint64_t hash, Entry& e) {
    auto& firsts = first_of(hash);
    const auto at = firsts.find(hash);
    if (at == firsts.end() || at->second != &e) {
      others_.erase({hash, &e});
      return;
    }
    const auto next = others_.lower_bound({hash, nullptr});
    if (next == others_.end() || next->first != hash) {
      firsts.erase(at);
      return;
    }
    at->second = next->second;
    others_.erase(next);
  }
  std::vector<Entry*> hot(uint64_t hash) const {
    std::vector<Entry*> found;
    const auto& firsts = firsts_[table_of(hash)];
    const auto at = firsts.find(hash);
    if (at == firsts.end()) return found;
    found.push_back(at->second);
    for (auto i = others_.lower_bound({hash, nullptr}); i != others_.end() && i->first == hash; ++i)
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

  struct as_it_is {
    size_t operator()(uint64_t hash) const { return hash; }
  };
  using first_table = std::unordered_map<uint64_t, Entry*, as_it_is>;
  static constexpr unsigned table_bits = 6;
  static size_t table_of(uint64_t hash) { return hash >> (64 - table_bits); }
  first_table& first_of(uint64_t hash) { return firsts_[table_of(hash)]; }

  std::array<first_table, size_t{1} << table_bits> firsts_;
  std::set<std::pair<uint64_t, Entry*>> others_;
  std::array<word_set, person_partition_count> parked_;
};

}  // namespace cartwheel
