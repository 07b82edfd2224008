#pragma once

#include "actors/cart/older_event_ids.hpp"
#include "actors/event/limits.hpp"
#include "actors/parking/record_index.hpp"
#include "actors/parking/record_slab.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace cartwheel {

/// Event ids of a shard's carts that are not open: seen before they opened, or over, so that a redelivered addition does
/// not open a cart again. Those of an open cart lie in its cell. Source: docs/SEMANTICS.md rule 22.
/// Bounds: limits::event_ids_max a cart; of carts that are not open, closed_max a partition, the oldest forgotten first.
/// The bound is per partition, so it acts alike for every number of shards.
/// Cost: 34 B a cart, and 8 B an id.
class cart_event_ids {
 public:
  static constexpr size_t closed_max = 512;

  /// Whether the cart with this key hash has seen the id among those kept here.
  bool knows(uint64_t cart, uint64_t event_id) const;
  /// Keeps an id accepted for a cart that is not open.
  void push_closed(cart_partition p, uint64_t cart, uint64_t event_id);
  /// The cart ended: what it knew (its cell's newest ones newest first) moves here.
  void closed(cart_partition p, uint64_t cart, const older_event_ids& older, std::span<const uint64_t> newest_first);
  /// The cart is open (again): its ids go with it until it ends.
  older_event_ids opened(uint64_t cart);

  /// Those of carts that are not open, by partition, in the order in which they are forgotten.
  template <class Cut>
  void save_closed(byte_writer& to, Cut&& cut) const {
    for (size_t p = 0; p < closed_.size(); ++p)
      for (const auto& at : closed_[p]) {
        if (!stands(at)) continue;
        save(p, at.record, to);
        cut();
      }
  }
  /// Errors: broken_bytes.
  void load_closed(byte_reader& from, const shard_share& mine);

 private:
  using name = record_slab::name;
  /// Where it stands in its partition's queue. Another serial in the record: it is open again, or was closed again since.
  struct place {
    name record;
    uint32_t serial;
  };

  name find(uint64_t cart) const;
  bool stands(const place& at) const;
  void keep(cart_partition p, uint64_t cart, std::span<const uint64_t> oldest_first);
  void forget(name record);
  void save(size_t partition, name record, byte_writer& to) const;

  record_slab kept_;
  record_index names_;  // by cart
  std::array<std::deque<place>, cart_partition_count> closed_;
  uint32_t serial_ = 0;  // of 2^32 there are never two of one record in a queue
};

}  // namespace cartwheel
