#pragma once

#include "actors/shard/notice.hpp"
#include "actors/shard/question.hpp"
#include "runtime/base/partitions.hpp"

#include <cstdint>
#include <vector>

namespace cartwheel {

/// Where notices and questions go next: one tray per shard, filled during a step of a wave and exchanged at its end.
class outbox {
 public:
  explicit outbox(uint16_t shards) : trays_(shards) {}

  struct tray {
    std::vector<notice_ptr> notices;
    std::vector<question> questions;
    std::vector<answer> answers;
  };

  void to_order(notice n) { put(partition_of_order(n.shop, n.order_id), std::move(n)); }
  void to_customer(notice n) { put(partition_of_person(n.customer), std::move(n)); }
  void to_visitor(notice n) { put(partition_of_person(n.visitor), std::move(n)); }
  void to_address(notice n) { put(partition_of(n.address.key), std::move(n)); }
  void to_cart(notice n) { put(n.cart.shard, std::move(n)); }
  void to_cart_named(std::string_view shop, std::string_view cart_id, notice n) {
    put(shard_of(partition_of_cart(shop, cart_id), shards()), std::move(n));
  }
  void to_all(const notice& n) {
    for (auto& t : trays_) t.notices.push_back(std::make_unique<notice>(n));
  }

  /// To the next station that knows something about the question.
  void ask(question q);
  void reply(answer a) {
    auto shard = index(a.asked.cart.shard);
    trays_[shard].answers.push_back(std::move(a));
  }

  uint16_t shards() const { return static_cast<uint16_t>(trays_.size()); }
  tray& of(size_t shard) { return trays_[shard]; }

  static person_partition partition_of(const address_key& key) {
    return person_partition{static_cast<uint16_t>(key.low % person_partition_count)};
  }

 private:
  static size_t index(shard_id s) { return static_cast<size_t>(s); }
  // By reference: a by-value parameter could be moved from before the partition is computed from it.
  void put(person_partition p, notice&& n) { put(shard_of(p, shards()), std::move(n)); }
  void put(shard_id s, notice&& n) { trays_[index(s)].notices.push_back(std::make_unique<notice>(std::move(n))); }

  std::vector<tray> trays_;
};

}  // namespace cartwheel
