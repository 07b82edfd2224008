#pragma once

#include "actors/order/stray_event_ids.hpp"
#include "actors/parking/table_walk.hpp"
#include "actors/person/holdings.hpp"
#include "actors/person/text_map.hpp"
#include "actors/shard/moved_carts.hpp"
#include "actors/shard/outbox.hpp"
#include "runtime/journal/block_file.hpp"

#include <deque>
#include <string>
#include <unordered_map>

namespace cartwheel {

/// The orders of a shard's person partitions. Source: docs/SEMANTICS.md rules 8 to 13, 18.
/// Runs on: the shard's thread.  Cost: about 350 B an order, forgotten 180 days after the last event that named it.
class order_book {
 public:
  /// Works through one notice of station `orders` or `erased_orders`. False: its event is a duplicate.
  /// Units: `tick` is the tick in progress.
  bool receive(const notice& n, instant tick, outbox& out);

  /// Forgets orders that no event has named for 180 days.
  void forget_before(instant tick);

  size_t size() const { return orders_.size(); }
  std::vector<held_order> describe(const std::string& customer) const;
  std::vector<held_order> describe(const address_key& address) const;

  /// A snapshot is cut here; walk() writes one record each of what there was, about `most` at a time, and is true at the
  /// end. What changes in between is written first.
  void begin_walk(block_writer::part& to);
  bool walk(size_t most);
  void load_one(byte_reader& from, const moved_carts& moved, const shard_share& mine);
  /// Behind the last.
  void loaded();
  const stray_event_ids& strays() const { return strays_; }
  stray_event_ids& strays() { return strays_; }

 private:
  enum class status : uint8_t { pending, offline, paid, cancelled };
  struct order {
    status is = status::pending;
    bool basis = false;    // this order gives `basis_address` a basis
    uint8_t saved_in = 0;  // the last walk that has written it, or that it was made in
    log_order known_since = 0;
    instant last_named{};
    std::string cart_id;  // that its purchase named
    cart_ref cart;        // where that one is, if it was open
    std::string customer;
    std::string visitor;
    address_key address;  // that stood on its purchase
    address_key recorded_address;
    address_key basis_address;
    event_id_ring event_ids;
  };
  using orders = text_map<order>;
  using entry = orders::value_type;

  void purchase(entry& e, const notice& n, outbox& out);
  void paid(entry& e, const notice& n, outbox& out);
  void cancelled(order& o, const notice& n, outbox& out);
  void refunded(order& o, const notice& n, outbox& out);
  void record(entry& e, const notice& n, const address_key& address, outbox& out);
  void give_basis(entry& e, const notice& n, const address_key& address, outbox& out);
  void recorded(const notice& n);
  void forget(const notice& n, outbox& out);
  void lose_person(entry& e, const notice& cause, outbox& out);
  void expire(orders::iterator at);
  void save_first(entry& e);
  template <class IsTheirs>
  std::vector<held_order> describe_if(uint64_t person, IsTheirs&& theirs) const;
  void index(entry& e, uint64_t person);
  static void unindex(std::unordered_multimap<uint64_t, entry*>& index, const entry& e, uint64_t person);

  orders orders_;
  std::deque<std::pair<instant, std::string>> by_age_;
  // The orders of a customer and of an address, by hash: an erasure must find them.
  std::unordered_multimap<uint64_t, entry*> by_person_;
  stray_event_ids strays_;
  table_walk<orders> walk_;
  uint8_t walk_number_ = 0;
  block_writer::part* walk_to_ = nullptr;
};

}  // namespace cartwheel
