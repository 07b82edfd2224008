#include "actors/mailer/credit_book.hpp"

#include <algorithm>
#include <numeric>

namespace cartwheel {

credit_book::account& credit_book::of(shard_id shard) {
  auto i = static_cast<size_t>(shard);
  if (i >= accounts_.size()) accounts_.resize(i + 1);
  return accounts_[i];
}

void credit_book::waiting(shard_id shard, size_t n) { of(shard).waiting = n; }

void credit_book::came_back(shard_id shard, size_t n) {
  auto& a = of(shard);
  n = std::min(n, a.out);
  a.out -= n;
  out_ -= n;
}

size_t credit_book::waiting() const {
  return std::accumulate(accounts_.begin(), accounts_.end(), size_t{0},
                         [](size_t sum, const account& a) { return sum + a.waiting; });
}

std::vector<credit_book::grant> credit_book::grants(size_t room) {
  std::vector<grant> out;
  auto hungry = static_cast<size_t>(
    std::count_if(accounts_.begin(), accounts_.end(), [](const account& a) { return a.waiting > 0; }));
  if (hungry == 0 || room == 0) return out;
  first_ = (first_ + 1) % accounts_.size();
  for (size_t k = 0; k < accounts_.size() && room > 0; ++k) {
    size_t i = (first_ + k) % accounts_.size();
    auto& a = accounts_[i];
    if (a.waiting == 0) continue;
    // Rounded up, and what one does not need is shared among those that follow.
    size_t n = std::min(a.waiting, (room + hungry - 1) / hungry);
    --hungry;
    a.waiting -= n;
    a.out += n;
    out_ += n;
    room -= n;
    out.push_back({shard_id{static_cast<uint16_t>(i)}, n});
  }
  return out;
}

}  // namespace cartwheel
