#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

namespace cartwheel {

/// A set of 64-bit words in order, for sets of millions: however many of them lie close together, a change costs the same.
/// Cost: 8 B a word in chunks that are about three quarters full: some 12 B a word.
class word_set {
 public:
  void insert(uint64_t word);
  /// Nothing when it is not in it.
  void erase(uint64_t word);
  size_t size() const { return size_; }

  /// Calls f(word) in order, from `first` on, while it says yes.  `f` changes nothing here.
  template <class F>
  void each_from(uint64_t first, F&& f) const {
    if (chunks_.empty()) return;
    for (auto c = chunk_of(first); c != chunks_.end(); ++c)
      for (auto word : c->second)
        if (word >= first && !f(word)) return;
  }

 private:
  // By the least word that may stand in it; the first by 0.
  using chunks = std::map<uint64_t, std::vector<uint64_t>>;
  static constexpr size_t chunk_max = 128;

  chunks::const_iterator chunk_of(uint64_t word) const { return std::prev(chunks_.upper_bound(word)); }

  chunks chunks_;
  size_t size_ = 0;
};

}  // namespace cartwheel
