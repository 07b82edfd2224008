#pragma once

#include "actors/person/event_id_ring.hpp"
#include "actors/person/text_map.hpp"
#include "actors/shard/outbox.hpp"

#include <deque>
#include <string>

namespace cartwheel {

/// The orders of a shard's person partitions. Source: docs/SEMANTICS.md rules 8 to 13.
/// Runs on: the shard's thread.  Cost: about 300 B an order, forgotten 180 days after the last event that named it.
class order_book {
 public:
  /// Works through one notice of station `orders` or `erased_orders`. False: its event is a duplicate.
  /// Units: `tick` is the tick in progress.
  bool receive(const notice& n, instant tick, outbox& out);

  /// Forgets orders that no event has named for 180 days.
  void forget_before(instant tick);

  size_t size() const { return orders_.size(); }

 private:
  enum class status : uint8_t { pending, offline, paid, cancelled };
  struct order {
    status is = status::pending;
    bool basis = false;  // this order gives `address` a basis
    log_order known_since = 0;
    instant last_named{};
    std::string cart_id;  // that its purchase named
    std::string customer;
    std::string visitor;
    addressed address;      // that stood on its purchase
    addressed own_address;  // of the cart its purchase named
    addressed basis_address;
    event_id_ring event_ids;
  };

  void purchase(order& o, bool fresh, const notice& n, outbox& out);
  void paid(order& o, const notice& n, outbox& out);
  void cancelled(order& o, const notice& n, outbox& out);
  void refunded(order& o, const notice& n, outbox& out);
  void record(const order& o, const notice& n, const addressed& address, outbox& out);
  void give_basis(order& o, const notice& n, const addressed& address, outbox& out);
  void drop_erased(order& o) const;
  static std::string key_of(const notice& n);

  text_map<order> orders_;
  std::deque<std::pair<instant, std::string>> by_age_;
  // Who was erased, and when in the log: an order known since before then loses customer, visitor and address.
  text_map<log_order> erased_;
};

}  // namespace cartwheel
