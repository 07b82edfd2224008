#pragma once

#include "actors/campaign/policy.hpp"
#include "actors/cart/cart_state.hpp"
#include "actors/consent/address_news.hpp"
#include "actors/event/event.hpp"
#include "runtime/base/ids.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// The stations a notice passes in part b, in this order. State of one kind depends on kinds before it only, so working
/// through them station by station, each in log order, gives what working event by event would (docs/decisions/0002).
/// The stations behind `consents` belong to `erase` alone, whose effects run backwards; it has a pass of its own.
enum class station : uint8_t {
  orders,
  customers,
  visitors,
  carts,
  consents,
  erased_orders,
  erased_customers,
  erased_visitors,
  erased_carts,
  unaddressed_customers,
  unaddressed_visitors,
  ended_carts,
};
constexpr size_t station_count = static_cast<size_t>(station::ended_carts) + 1;

enum class notice_kind : uint8_t {
  opened,           // a cart was bound to a person: customers, visitors
  closed,           // and is no longer
  learn,            // what an event teaches of its subject: customers, visitors, carts
  order,            // purchase, order_paid, order_cancelled, refund: orders
  record,           // an order is recorded: customers, visitors, carts (for its own address), consents
  recorded,         // and this is the address it was recorded for: erased_orders
  unrecord,         // and has lost it with its person: erased_customers, erased_visitors, consents
  basis,            // a paid sale obtained this address: consents
  no_basis,         // and was refunded: consents
  consent,          // customers, consents
  link,             // a subject has learnt this address: consents
  unlink,           // and has forgotten it: consents
  bind,             // a login binds a visitor's open cart: carts
  merge,            // lines and ids for `into`: carts
  order_ends,       // order_paid of the pausing order: carts
  order_resumes,    // order_cancelled of the pausing order: carts
  erase,            // customers, consents
  forget,           // an erased address: erased_orders, erased_customers, erased_visitors, erased_carts
  end_unaddressed,  // a cart whose address was the erased one: erased_carts, unaddressed_*, ended_carts
  end_cart,         // ended_carts
  claim_settled,    // what became of a reminder: carts, consents
  order_seen,       // live: recalls what is on its way: carts
  heard,            // news of an address: consents
  obtained,         // how the shop came to have an address: consents
  preferences,      // what its owner asks for: consents
  sale_opened,      // an order is paid, and will be reminded of: carts
  browsed,          // somebody who looks around was seen at a cart: customers, visitors
  trail_seen,       // and has done so enough, or again: carts
  trail_over,       // they are forgotten: carts, ended_carts
  sale_over,        // it was refunded, cancelled or its person erased: carts, ended_carts
};

/// Where a cart lives. A stale one (the slot has a new generation) means a cart that is over.
struct cart_ref {
  shard_id shard{};
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0: no cart
  bool given() const { return generation != 0; }
  friend bool operator==(const cart_ref&, const cart_ref&) = default;
};

/// Whose memory an address is in.
enum class subject_kind : uint8_t { customer, visitor, cart };
struct subject {
  subject_kind kind = subject_kind::customer;
  std::string id;   // of the customer or visitor
  cart_ref cart{};  // of the cart
  friend bool operator==(const subject&, const subject&) = default;
};

/// What became of a claimed reminder: how it ended, or how far it is.
enum class settlement : uint8_t {
  accepted,
  in_doubt,
  released,
  offered,   // its intent stands in the log: it may reach a relay from here on
  not_sent,  // it did not: the claim waits on, the intent is closed
  put_off,   // its content was offered, and refused for now: as not_sent, but its bytes are fixed
  held,      // in doubt: it waits for an operator
  resent,    // in doubt: it goes out again by itself
  let_go,    // held, and an operator lets it go out again
  dropped,   // held, and an operator lets it rest: in doubt for good
};

/// An address on its way.
struct addressed {
  address_key key;
  std::string as_given;
};

/// Something an event says about persons, orders or other carts, on its way through the stations of part b.
/// Lifetime: `what` points into the epoch, which outlives the wave; null where no event says it.
struct notice {
  notice_kind kind = notice_kind::learn;
  station at = station::customers;
  bool first = false;     // its event named no cart: duplicates are found at its first station
  bool resolved = false;  // record: the address was found on the way (rule 9), not given with the order
  log_order order = 0;
  log_order sub = 0;  // opened, closed: all of an epoch's come first, in this order
  const event* what = nullptr;
  instant time{};
  std::string customer;
  std::string visitor;
  addressed address;  // the event's, or resolved on the way
  cart_ref cart{};    // order, record: the one that the event (then: that its purchase) named, if it was open
  std::string shop;
  std::string order_id;
  uint64_t order_key = 0;  // record, recorded, unrecord: names the order among one person's
  std::string cart_id;
  std::string lines;  // merge: the block of what the source held; order, sale_opened: of what its cart held
  bool source_was_open = false;
  subject who;
  consent_status status = consent_status::granted;
  cartwheel::channel channel = cartwheel::channel::email;
  cart_end end = cart_end::none;
  settlement settled = settlement::accepted;
  uint8_t step = 0;
  bool confirmed = false;                  // consent: its owner confirmed it by mail
  address_news news = address_news::none;  // heard, claim_settled, and what they recall
  instant mail = before_all;               // heard: the reminder it is about was decided then
  std::optional<instant> since{};          // trail_seen: a trail begins, of what was done from then
  instant seen = before_all;               // to then
};

/// On its way between stations: half a kilobyte that stays where it is, while lists of it are sorted out and into order.
using notice_ptr = std::unique_ptr<notice>;

/// What a notice leads to at another station. Its event has been counted where it arrived.
inline notice onward(const notice& n, notice_kind kind, station at) {
  notice on = n;
  on.kind = kind;
  on.at = at;
  on.first = false;
  return on;
}

/// Whether what is learnt comes with how the shop came to have the address, which is kept with it whoever learns it.
inline bool says_how_obtained(const notice& n) {
  return n.what->kind == event_kind::identify && n.address.key.given() &&
         n.what->details->source_of_address != address_source::unknown;
}

}  // namespace cartwheel
