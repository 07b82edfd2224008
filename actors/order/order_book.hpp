#pragma once

#include "actors/order/order_ages.hpp"
#include "actors/order/stray_event_ids.hpp"
#include "actors/parking/warm_table.hpp"
#include "actors/person/holdings.hpp"
#include "actors/person/text_map.hpp"
#include "actors/shard/moved_carts.hpp"
#include "actors/shard/outbox.hpp"
#include "actors/shard/router.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel {

/// The orders of a shard's person partitions. Those that no event has named in a while are parked.
/// Source: docs/SEMANTICS.md rules 8 to 13, 18.
/// Runs on: the shard's thread.  Cost: some 500 B an order in memory, 40 to 55 B of a parked one; forgotten 180 days after the
/// last event that named it.
class order_book {
 public:
  explicit order_book(const node_hash_keys& keys = {}, parking_lane lane = {nullptr, 0})
      : keys_{keys}, orders_{order_table{keys.index}, std::move(lane)} {}

  /// Works through one notice of station `orders` or `erased_orders`. False: its event is a duplicate.
  /// Units: `tick` is the tick in progress.
  bool receive(const notice& n, instant tick, outbox& out);

  /// Whether orders that are paid from here on are reminded of: each opens a sale.
  /// Source: docs/SEMANTICS.md, Campaigns beside carts.
  void follow_sales(bool follow) { follows_sales_ = follow; }

  /// Forgets orders that no event has named for 180 days: some at a time.
  void forget_before(instant tick);

  auto& table() { return orders_; }
  const auto& table() const { return orders_; }
  std::vector<held_order> describe(const std::string& customer);
  std::vector<held_order> describe(const address_key& address);

  /// Beside the table's walk: when orders are to be looked at.
  order_ages& ages() { return ages_; }
  /// Behind the last record of a snapshot: one that is older than these ages has none.
  void loaded();
  const stray_event_ids& strays() const { return strays_; }
  stray_event_ids& strays() { return strays_; }

 private:
  enum class status : uint8_t { pending, offline, paid, cancelled };
  struct order {
    status is = status::pending;
    bool basis = false;  // this order gives `basis_address` a basis
    bool sale = false;   // it was paid, and opened a sale, which may be over
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
  /// By `shop \0 order_id`, and by those it concerns: an erasure must find it.
  struct order_table {
    using key = std::string;
    using key_view = std::string_view;
    using value = order;
    template <class T>
    using map_of = text_map<T>;
    uint64_t hash(std::string_view name) const { return keyed_hash(hashed_with, name); }
    static person_partition partition(std::string_view name);
    static bool may_park(const order&) { return true; }
    std::vector<uint64_t> further_hashes(const order& o) const;
    static void save(std::string_view name, const order& o, byte_writer& to);
    static std::pair<std::string, order> load(byte_reader& from, const moved_carts& moved);
    hash_key hashed_with;
  };
  struct entry {
    std::string_view name;
    order& o;
  };

  void name_again(const entry& e, const notice& n, outbox& out);
  void purchase(const entry& e, const notice& n, outbox& out);
  void paid(const entry& e, const notice& n, outbox& out);
  void cancelled(const entry& e, const notice& n, outbox& out);
  void refunded(const entry& e, const notice& n, outbox& out);
  void open_sale(const entry& e, const notice& n, outbox& out) const;
  void end_sale(const entry& e, const notice& cause, station at, outbox& out) const;
  void record(const entry& e, const notice& n, const address_key& address, outbox& out);
  void give_basis(const entry& e, const notice& n, const address_key& address, outbox& out);
  void recorded(const notice& n);
  void forget(const notice& n, outbox& out);
  void lose_person(const entry& e, const notice& cause, outbox& out);
  void outlive(std::string_view name, const order& o);
  uint64_t hash_of(std::string_view customer) const { return keyed_hash(keys_.index, customer); }
  static uint64_t hash_of(const address_key& address) { return address.low; }
  template <class IsTheirs>
  std::vector<held_order> describe_if(uint64_t person, IsTheirs&& theirs);

  node_hash_keys keys_;
  warm_table<order_table> orders_;
  bool follows_sales_ = false;
  order_ages ages_;
  stray_event_ids strays_;
};

}  // namespace cartwheel
