#pragma once

#include "actors/shard/question.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cartwheel {

/// The places of `n` questions in the order of decided_before, those of a lower rank first. A question is large (0.5 KB), and
/// one tick may have a million of them whose due times are the same: what is sorted is what decides most comparisons.
/// Shape: of(i) is the i-th question, rank(question) a number below 2^32.  Errors: n is below 2^32.
/// Cost: 32 B a question meanwhile.
template <class Of, class Rank>
std::vector<uint32_t> decision_order(size_t n, Of of, Rank rank) {
  struct key {
    uint32_t rank;
    uint32_t shop;  // its place among the shops that are there
    int64_t due;
    uint64_t cart;  // the first eight bytes of its id
    uint32_t at;
  };
  const auto first_bytes = [](std::string_view text) {
    unsigned char bytes[8]{};
    std::memcpy(bytes, text.data(), std::min(text.size(), sizeof bytes));
    uint64_t number = 0;
    for (const auto b : bytes) number = number << 8 | b;
    return number;
  };
  std::unordered_map<std::string_view, uint32_t> shops;
  std::vector<std::string_view> names;
  std::vector<key> keys;
  keys.reserve(n);
  uint32_t last = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const question& q = of(i);
    if (names.empty() || names[last] != q.shop) {
      last = shops.try_emplace(q.shop, static_cast<uint32_t>(names.size())).first->second;
      if (last == names.size()) names.emplace_back(q.shop);
    }
    keys.push_back({static_cast<uint32_t>(rank(q)), last, unix_ms(q.due), first_bytes(q.cart_id), i});
  }
  if (names.size() > 1) {
    auto sorted = names;
    std::ranges::sort(sorted);
    std::vector<uint32_t> places;
    for (const auto name : names)
      places.push_back(static_cast<uint32_t>(std::ranges::lower_bound(sorted, name) - sorted.begin()));
    for (auto& k : keys) k.shop = places[k.shop];
  }
  std::ranges::sort(keys, [&](const key& a, const key& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.due != b.due) return a.due < b.due;
    if (a.shop != b.shop) return a.shop < b.shop;
    if (a.cart != b.cart) return a.cart < b.cart;
    const question &x = of(a.at), &y = of(b.at);
    if (decided_before(x, y)) return true;
    return !decided_before(y, x) && a.at < b.at;
  });
  std::vector<uint32_t> order;
  order.reserve(n);
  for (const auto& k : keys) order.push_back(k.at);
  return order;
}

}  // namespace cartwheel
