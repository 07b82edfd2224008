#pragma once

#include "actors/parking/packed_values.hpp"
#include "actors/person/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// The orders recorded for one customer, visitor or address: each by itself, since an erasure may take back any of them
/// (it forgets the orders of *another* person that were paid from the erased address). Source: docs/SEMANTICS.md rules 9,
/// 10, 18.  Bounds: limits::orders_of_a_person_max.
class recorded_orders {
 public:
  void add(std::string_view shop, uint64_t order_key, instant time) {
    if (orders_.size() == limits::orders_of_a_person_max) {
      auto oldest = std::min_element(orders_.begin(), orders_.end(),
                                     [](const entry& a, const entry& b) { return a.time < b.time; });
      orders_.erase(oldest);
    }
    orders_.push_back({std::string{shop}, order_key, time});
  }

  void remove(uint64_t order_key) {
    std::erase_if(orders_, [&](const entry& e) { return e.key == order_key; });
  }

  /// Rule 10: whether there is one in this shop at or after a moment.
  bool any_since(std::string_view shop, instant moment) const {
    return std::any_of(orders_.begin(), orders_.end(),
                       [&](const entry& e) { return e.time >= moment && e.shop == shop; });
  }

  size_t size() const { return orders_.size(); }
  void clear() { orders_.clear(); }
  /// Key and time of the i-th.
  uint64_t key(size_t i) const { return orders_[i].key; }
  instant time(size_t i) const { return orders_[i].time; }
  /// Visits shop and time of each.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& e : orders_) visit(e.shop, e.time);
  }

  void save(byte_writer& to) const {
    to.number(orders_.size());
    for (const auto& e : orders_) {
      to.text(e.shop);
      to.fixed(e.key);
      to.time(e.time);
    }
  }
  void load(byte_reader& from) {
    orders_.clear();
    for (auto n = from.number(); n > 0; --n) {
      auto& e = orders_.emplace_back();
      e.shop = from.text();
      e.key = from.fixed();
      e.time = from.time();
    }
  }

  /// There is one. Each says whether a further one follows.
  void pack(packed_writer& to) const {
    for (size_t i = 0; i < orders_.size(); ++i) {
      to.recurring(orders_[i].shop, i + 1 < orders_.size());
      to.fixed(orders_[i].key);
      to.time(orders_[i].time);
    }
  }
  void unpack(packed_reader& from) {
    size_t n = 0;
    for (bool further = true; further; ++n) {
      if (n == limits::orders_of_a_person_max) throw broken_bytes{"a person has more orders than are kept"};
      if (n == orders_.size()) orders_.emplace_back();  // those that were there keep the room of their texts
      auto& e = orders_[n];
      further = from.recurring_and_flag(e.shop);
      e.key = from.fixed();
      e.time = from.time();
    }
    orders_.resize(n);
  }

 private:
  struct entry {
    std::string shop;
    uint64_t key = 0;
    instant time{};
  };
  std::vector<entry> orders_;
};

}  // namespace cartwheel
