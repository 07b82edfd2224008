#pragma once

#include "actors/campaign/deciding_rules.hpp"
#include "actors/coupon/given_coupon.hpp"
#include "actors/shard/notice.hpp"
#include "runtime/base/ids.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

struct snapshot_request;

/// An event on its way to a shard. `order` numbers it in the log; `address` is the keyed hash of its e-mail address, `cart`
/// that of the cart it names (the shards' index knows it by this), `id` that of its event id (0: it has none).
struct routed_event {
  const event* what = nullptr;
  log_order order = 0;
  address_key address;
  uint64_t cart = 0;
  uint64_t id = 0;
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

/// What became of a reminder that was handed out, on its way back to its cart. The log knows it by shop, cart_id, tick,
/// cycle and step; `cart` is where that cart is in this process, not given in recovery.
struct settled_reminder {
  cart_ref cart;
  uint32_t cycle = 0;
  uint8_t step = 0;
  settlement how = settlement::accepted;
  cartwheel::reason why = cartwheel::reason::opt_in;
  address_key address;
  instant tick{};  // it was decided in
  std::string shop;
  std::string cart_id;
  std::string customer_id;
  std::string mail;  // offered: its bytes, packed (actors/content/packed_mail); empty where they are not kept
  address_news news = address_news::none;  // what the relay's reply says of the address
  std::optional<given_coupon> coupon{};    // of its mail: with the intent, and with what became of it
};

/// One epoch as the shards work on it: parts a and b for its events, part c for every tick up to `decide_until`.
/// Shape: per shard, in log order. `by_cart` name a cart, `by_person` none.
struct epoch {
  epoch_number number{};
  instant now{};  // the log's time: counts failures per minute
  instant decide_until = before_all;
  bool touches_persons = false;  // false: part b has nothing to do, so the shards need not meet
  bool merges = false;           // holds a cart_merged
  bool browses = false;  // holds what somebody who looks around did: where that counts, part b has something to do
  bool drain = false;    // replay: go on until no step is due
  struct batch_at {
    std::shared_ptr<const event_batch> batch;
    position at{};  // its record's
  };
  std::vector<batch_at> batches;  // own what the events point to
  /// Where the log goes on behind this epoch: a record, and how many of its events are in epochs so far.
  position resume{};
  size_t resume_index = 0;
  std::shared_ptr<const snapshot_request> snapshot;  // to be taken when this epoch is worked off; mostly null
  std::vector<const event*> failed_before;           // recovery: their handlers failed; not tried again
  std::vector<std::vector<routed_event>> by_cart;
  std::vector<std::vector<routed_event>> by_person;
  std::vector<const event*> items;  // say what is left of a product, or what it costs: for every shard
  std::vector<std::vector<settled_reminder>> settled;
  std::vector<std::vector<news_of_address>> news;
  std::shared_ptr<const deciding_rules> rules;  // other ones, from the beginning of this epoch on; mostly null
  std::shared_ptr<const watermarks> marks;      // null: everything is decided in its tick (replay)

  explicit epoch(uint16_t shards) : by_cart(shards), by_person(shards), settled(shards), news(shards) {}
};
using epoch_ptr = std::shared_ptr<const epoch>;

}  // namespace cartwheel
