#pragma once

#include "actors/shard/epoch.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/metrics.hpp"

namespace cartwheel {

/// The secrets of a node's hashes: senders do not know them, and addresses cannot be guessed from what is stored.
struct node_hash_keys {
  hash_key index;
  hash_key address_high;
  hash_key address_low;
};

/// The keyed hash under which an address is known. Shape: `normalised` as docs/EVENTS.md says.
address_key key_of_address(const node_hash_keys& keys, std::string_view normalised);
/// The same of a customer's id; no address has it.
address_key key_of_customer(const node_hash_keys& keys, std::string_view id);

/// What became of a reminder, to the shard of its cart; news of an address, to its own.
void add_to(epoch& e, const settled_reminder& s);
void add_to(epoch& e, const news_of_address& n);

/// Deals the events of a batch to the shards, in order.
class router {
 public:
  router(uint16_t shards, const node_hash_keys& keys) : shards_{shards}, keys_{keys} {}

  /// Adds events [first, last) of a batch to an epoch; their log order goes on from the epoch's number and what is in it.
  /// Unknown names are dropped here; how many is returned.
  size_t deal(const event_batch& batch, size_t first, size_t last, epoch& into);

 private:
  /// What the keys of a shop's carts have in common.
  struct shop_prefix {
    std::string name;
    uint32_t partition = 0;  // FNV-1a so far
    hash_key index;
  };
  const shop_prefix& prefix_of(std::string_view shop);

  uint16_t shards_;
  node_hash_keys keys_;
  shop_prefix last_shop_;  // most events are of the same one as the one before
};

}  // namespace cartwheel
