#pragma once

#include "actors/event/event.hpp"

#include <string>
#include <vector>

namespace cartwheel {

/// A cart line as a shop's gateway sends it. Units: price in cents, -1 when none is sent. Empty texts are not sent.
struct gateway_item {
  std::string item_id;
  std::string item_name;
  std::string image_url;
  std::string item_url;
  std::string item_category;
  int64_t price = -1;
  uint32_t quantity = 1;

  friend bool operator==(const gateway_item&, const gateway_item&) = default;
};

/// An event as a shop's gateway sends it: what the demo's crowd and its recorded shoppers have in common.
/// Shape: docs/EVENTS.md; empty texts and items are not sent, and `payment`, `channel`, `status`, `address_source` only with
/// the events they belong to.
struct gateway_event {
  event_kind kind = event_kind::view_item;
  instant time{};
  std::string event_id;
  std::string shop;
  std::string cart_id;
  std::string customer_id;
  std::string visitor_id;
  std::string email;
  std::string name;
  std::string locale;
  std::string time_zone;
  std::string country;
  std::string cart_url;
  std::string order_id;
  std::string into;
  std::string source;
  std::string wording;
  std::string currency;  // two decimals (EUR, USD); sent with items
  std::vector<gateway_item> items;
  address_source source_of_address = address_source::unknown;  // identify; unknown is not sent
  payment_state payment = payment_state::paid;                 // purchase
  cartwheel::channel channel = cartwheel::channel::email;      // consent
  consent_status status = consent_status::granted;             // consent

  friend bool operator==(const gateway_event&, const gateway_event&) = default;
};

/// Appends the event as an entry of the Forward protocol: msgpack [EventTime, record], ready for a PackedForward chunk.
void append_entry(std::string& entries, const gateway_event& e);

/// Appends the event as one line of NDJSON, as POST /v1/events and data files have it.
void append_json_line(std::string& lines, const gateway_event& e);

}  // namespace cartwheel
