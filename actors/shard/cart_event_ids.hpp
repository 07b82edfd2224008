#pragma once

#include "actors/cart/older_event_ids.hpp"
#include "actors/event/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

namespace cartwheel {

/// Event ids of a shard's carts that are not open: seen before they opened, or over, so that a redelivered addition does
/// not open a cart again. Those of an open cart lie in its cell. Source: docs/SEMANTICS.md rule 22.
/// Bounds: limits::event_ids_max a cart; of carts that are not open, closed_max a partition, the oldest forgotten first.
/// The bound is per partition, so it acts alike for every number of shards.
class cart_event_ids {
 public:
  static constexpr size_t closed_max = 512;

  /// Whether the cart with this key hash has seen the id among those kept here.
  bool knows(uint64_t cart, uint64_t event_id) const {
    auto i = ids_.find(cart);
    if (i == ids_.end()) return false;
    for (uint64_t id : i->second.ids)
      if (id == event_id) return true;
    return false;
  }

  /// Keeps an id accepted for a cart that is not open.
  void push_closed(cart_partition p, uint64_t cart, uint64_t event_id) {
    auto& r = ids_[cart];
    put(r.ids, event_id, limits::event_ids_max);
    close(p, cart, r);
  }

  /// The cart ended: what it knew (its cell's newest ones newest first) moves here.
  template <class Ids>
  void closed(cart_partition p, uint64_t cart, const older_event_ids& older, const Ids& newest_first) {
    std::vector<uint64_t> ids;
    for (auto id : older.ids()) put(ids, id, limits::event_ids_max);
    for (auto i = newest_first.rbegin(); i != newest_first.rend(); ++i)
      if (*i != 0) put(ids, *i, limits::event_ids_max);
    if (ids.empty()) return;
    auto& r = ids_[cart];
    r.ids = std::move(ids);
    close(p, cart, r);
  }

  /// Those of carts that are not open, by partition, in the order in which they are forgotten.
  template <class Cut>
  void save_closed(byte_writer& to, Cut&& cut) const {
    for (size_t p = 0; p < closed_.size(); ++p)
      for (auto [cart, number] : closed_[p]) {
        auto i = ids_.find(cart);
        if (i == ids_.end() || i->second.closed_as != number) continue;  // open again, or closed again since
        to.number(p);
        to.fixed(cart);
        to.number(i->second.ids.size());
        for (auto id : i->second.ids) to.fixed(id);
        cut();
      }
  }
  void load_closed(byte_reader& from, const shard_share& mine) {
    auto p = cart_partition{static_cast<uint16_t>(from.number())};
    auto cart = from.fixed();
    ring r;
    for (auto n = from.number(); n > 0; --n) r.ids.push_back(from.fixed());
    if (static_cast<size_t>(p) >= closed_.size()) throw broken_bytes{"a partition is out of range"};
    if (!mine.has(p)) return;
    auto& kept = ids_[cart];
    kept = std::move(r);
    close(p, cart, kept);
  }

  /// The cart is open (again): its ids go with it until it ends.
  older_event_ids opened(uint64_t cart) {
    older_event_ids known;
    auto i = ids_.find(cart);
    if (i == ids_.end()) return known;
    for (auto id : i->second.ids) known.push(id, limits::event_ids_max);
    ids_.erase(i);
    return known;
  }

 private:
  struct ring {
    std::vector<uint64_t> ids;  // oldest first
    uint64_t closed_as = 0;     // its number in the partition's queue
  };

  static void put(std::vector<uint64_t>& ids, uint64_t id, size_t most) {
    if (ids.size() >= most) ids.erase(ids.begin());
    ids.push_back(id);
  }

  void close(cart_partition p, uint64_t cart, ring& r) {
    auto& queue = closed_[static_cast<size_t>(p)];
    r.closed_as = ++serial_;
    queue.emplace_back(cart, r.closed_as);
    while (queue.size() > closed_max) {
      auto [oldest, number] = queue.front();
      queue.pop_front();
      auto i = ids_.find(oldest);
      if (i != ids_.end() && i->second.closed_as == number) ids_.erase(i);
    }
  }

  std::unordered_map<uint64_t, ring> ids_;
  std::array<std::deque<std::pair<uint64_t, uint64_t>>, cart_partition_count> closed_;
  uint64_t serial_ = 0;
};

}  // namespace cartwheel
