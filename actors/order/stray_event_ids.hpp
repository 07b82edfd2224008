#pragma once

#include "actors/person/event_id_ring.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <deque>
#include <unordered_map>

namespace cartwheel {

/// Event ids of orders that are not known (news that came before the purchase, a failed payment, one forgotten since), so
/// that what is delivered again when the order has become known does not count twice. Source: docs/SEMANTICS.md rule 22.
/// Bounds: orders_max a partition, the one heard of first is forgotten first; per partition, so that it acts alike for
/// every number of shards.
class stray_event_ids {
 public:
  static constexpr size_t orders_max = 512;

  bool knows(uint64_t order_key, uint64_t id) const {
    auto i = rings_.find(order_key);
    return i != rings_.end() && i->second.knows(id);
  }

  /// 0 stands for "no id".
  void remember(person_partition p, uint64_t order_key, uint64_t id) {
    if (id == 0) return;
    auto [at, fresh] = rings_.try_emplace(order_key);
    at->second.accept(id);
    if (fresh) enqueue(p, order_key);
  }

  /// The order is forgotten: its ids stay.
  void keep(person_partition p, uint64_t order_key, event_id_ring ids) {
    if (ids.empty()) return;
    auto [at, fresh] = rings_.insert_or_assign(order_key, std::move(ids));
    if (fresh) enqueue(p, order_key);
  }

  /// The order has become known: its ids go with it.
  event_id_ring take(uint64_t order_key) {
    auto node = rings_.extract(order_key);  // its place in the queue goes stale and is passed over later
    return node.empty() ? event_id_ring{} : std::move(node.mapped());
  }

  /// Shape: by partition, in the order they were heard of.
  template <class Cut>
  void save(byte_writer& to, Cut&& cut) const {
    for (size_t p = 0; p < queues_.size(); ++p)
      for (uint64_t key : queues_[p]) {
        auto ring = rings_.find(key);
        to.number(p);
        to.fixed(key);
        (ring == rings_.end() ? event_id_ring{} : ring->second).save(to);
        cut();
      }
  }
  void load_one(byte_reader& from, const shard_share& mine) {
    auto p = person_partition{static_cast<uint16_t>(from.number())};
    auto key = from.fixed();
    event_id_ring ring;
    ring.load(from);
    if (static_cast<size_t>(p) >= queues_.size()) throw broken_bytes{"a partition is out of range"};
    if (!mine.has(p)) return;
    if (!ring.empty()) rings_.try_emplace(key, std::move(ring));
    queues_[static_cast<size_t>(p)].push_back(key);
  }

 private:
  void enqueue(person_partition p, uint64_t order_key) {
    auto& queue = queues_[static_cast<size_t>(p)];
    queue.push_back(order_key);
    if (queue.size() <= orders_max) return;
    rings_.erase(queue.front());
    queue.pop_front();
  }

  std::unordered_map<uint64_t, event_id_ring> rings_;
  std::array<std::deque<uint64_t>, person_partition_count> queues_;
};

}  // namespace cartwheel
