#pragma once

#include "actors/shard/notice.hpp"
#include "runtime/base/ids.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cartwheel {

/// An event on its way to a shard. `order` numbers it in the log; `address` is the keyed hash of its e-mail address.
struct routed_event {
  const event* what = nullptr;
  log_order order = 0;
  address_key address;
};

/// How far news of a shop has come in: steps due later are not decided yet. Source: DESIGN of the clock, docs/ARCHITECTURE.md.
struct watermarks {
  instant others = never;  // of shops that are not listed
  std::map<std::string, instant, std::less<>> shops;

  instant of(std::string_view shop) const {
    auto i = shops.find(shop);
    return i == shops.end() ? others : i->second;
  }
};

/// What became of a reminder that was handed out, on its way back to its cart.
struct settled_reminder {
  cart_ref cart;
  uint32_t cycle = 0;
  uint8_t step = 0;
  settlement how = settlement::accepted;
  cartwheel::reason why = cartwheel::reason::opt_in;
  address_key address;
  log_order order = 0;
  // When released, for the decision log; the cart may be over by then.
  std::string shop;
  std::string cart_id;
  std::string customer_id;
};

/// One epoch as the shards work on it: parts a and b for its events, part c for every tick up to `decide_until`.
/// Shape: per shard, in log order. `by_cart` name a cart, `by_person` none.
struct epoch {
  epoch_number number{};
  position end{};  // of its last record, plus one
  instant now{};   // the log's time: counts failures per minute
  instant decide_until = before_all;
  bool touches_persons = false;  // false: part b has nothing to do, so the shards need not meet
  bool merges = false;           // holds a cart_merged
  bool drain = false;            // replay: go on until no step is due
  std::vector<std::shared_ptr<const event_batch>> batches;  // own what the events point to
  std::vector<std::vector<routed_event>> by_cart;
  std::vector<std::vector<routed_event>> by_person;
  std::vector<std::vector<settled_reminder>> settled;
  std::shared_ptr<const watermarks> marks;  // null: everything is decided in its tick (replay)

  explicit epoch(uint16_t shards) : by_cart(shards), by_person(shards), settled(shards) {}
};
using epoch_ptr = std::shared_ptr<const epoch>;

}  // namespace cartwheel
