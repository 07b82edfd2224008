#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace cartwheel {

/// Which carts may hold a product, by keyed hashes of shop and product, and numbers that name carts. One that is named may
/// hold it no more, or be over: whoever asks looks, and says so. Two products whose hashes collide share their carts.
/// Cost: 8 B a line of a cart and 40 B a product, and for a while as much again for those that are over.
/// Runs on: the shard's thread.
class held_items {
 public:
  /// `live(cart)`: whether that cart is not over; asked now and then, about those that were put in before.
  template <class Live>
  void put(uint64_t item, uint64_t cart, Live&& live) {
    auto& of = by_item_[item];
    if (!of.carts.empty() && of.carts.back() == cart) return;
    if (of.carts.size() >= of.tidy_at) tidy(of, live);
    of.carts.push_back(cart);
  }

  /// Calls `visit(cart)` once for each that is named; false: it is named no more.
  template <class Visit>
  void each(uint64_t item, Visit&& visit) {
    auto found = by_item_.find(item);
    if (found == by_item_.end()) return;
    tidy(found->second, visit);
    if (found->second.carts.empty()) by_item_.erase(found);
  }

  size_t items() const { return by_item_.size(); }

 private:
  struct holders {
    std::vector<uint64_t> carts;
    size_t tidy_at = 16;  // twice as many as there were then
  };
  template <class Keep>
  static void tidy(holders& of, Keep&& keep) {
    std::ranges::sort(of.carts);
    of.carts.erase(std::unique(of.carts.begin(), of.carts.end()), of.carts.end());
    std::erase_if(of.carts, [&](uint64_t cart) { return !keep(cart); });
    of.tidy_at = std::max<size_t>(16, of.carts.size() * 2);
  }

  std::unordered_map<uint64_t, holders> by_item_;
};

}  // namespace cartwheel
