#pragma once

#include "runtime/base/hash.hpp"
#include "runtime/base/ids.hpp"

namespace cartwheel {

/// Fixed for the life of a data directory, so that a shard count, a machine or a cluster can change instead.
constexpr uint16_t cart_partition_count = 256;
constexpr uint16_t person_partition_count = 64;

/// FNV-1a of `shop \0`: what the keys of a shop's carts begin with.
constexpr uint32_t partition_prefix(std::string_view shop) { return fnv1a32(std::string_view{"\0", 1}, fnv1a32(shop)); }
constexpr cart_partition partition_of_cart(uint32_t prefix, std::string_view cart_id) {
  return cart_partition{static_cast<uint16_t>(fnv1a32(cart_id, prefix) % cart_partition_count)};
}
/// FNV-1a of `shop \0 cart_id`.
constexpr cart_partition partition_of_cart(std::string_view shop, std::string_view cart_id) {
  return partition_of_cart(partition_prefix(shop), cart_id);
}

constexpr person_partition partition_of_person(std::string_view id) {
  return person_partition{static_cast<uint16_t>(fnv1a32(id) % person_partition_count)};
}

/// FNV-1a of `shop \0 order_id`.
constexpr person_partition partition_of_order(std::string_view shop, std::string_view order_id) {
  uint32_t h = fnv1a32(shop);
  h = fnv1a32(std::string_view{"\0", 1}, h);
  return person_partition{static_cast<uint16_t>(fnv1a32(order_id, h) % person_partition_count)};
}

constexpr shard_id shard_of(cart_partition p, uint16_t shards) {
  return shard_id{static_cast<uint16_t>(static_cast<uint16_t>(p) % shards)};
}
constexpr shard_id shard_of(person_partition p, uint16_t shards) {
  return shard_id{static_cast<uint16_t>(static_cast<uint16_t>(p) % shards)};
}

/// What is one shard's, of so many.
struct shard_share {
  uint16_t shards = 1;
  shard_id id{};
  bool has(cart_partition p) const { return shard_of(p, shards) == id; }
  bool has(person_partition p) const { return shard_of(p, shards) == id; }
};

}  // namespace cartwheel
