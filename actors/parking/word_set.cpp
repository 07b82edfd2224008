#include "actors/parking/word_set.hpp"

#include <algorithm>

namespace cartwheel {

void word_set::insert(uint64_t word) {
  if (chunks_.empty()) chunks_.try_emplace(0);
  auto c = std::prev(chunks_.upper_bound(word));
  auto& words = c->second;
  auto at = std::lower_bound(words.begin(), words.end(), word);
  if (at != words.end() && *at == word) return;
  words.insert(at, word);
  ++size_;
  if (words.size() < chunk_max) return;
  const auto half = words.begin() + chunk_max / 2;
  chunks_.emplace_hint(std::next(c), *half, std::vector<uint64_t>(half, words.end()));
  words.erase(half, words.end());
}

void word_set::erase(uint64_t word) {
  if (chunks_.empty()) return;
  auto c = std::prev(chunks_.upper_bound(word));
  auto& words = c->second;
  auto at = std::lower_bound(words.begin(), words.end(), word);
  if (at == words.end() || *at != word) return;
  words.erase(at);
  --size_;
  if (size_ == 0) return chunks_.clear();
  // Two that fill half a chunk become one.
  auto join = [&](chunks::iterator left, chunks::iterator right) {
    if (left->second.size() + right->second.size() > chunk_max / 2) return false;
    left->second.insert(left->second.end(), right->second.begin(), right->second.end());
    chunks_.erase(right);
    return true;
  };
  if (c != chunks_.begin() && join(std::prev(c), c)) return;
  if (auto next = std::next(c); next != chunks_.end()) join(c, next);
}

}  // namespace cartwheel
