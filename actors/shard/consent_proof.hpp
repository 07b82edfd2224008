#pragma once

#include "actors/cart/cart_state.hpp"
#include "actors/event/event.hpp"
#include "actors/shard/event_place.hpp"
#include "runtime/base/time.hpp"

#include <string>

namespace cartwheel {

/// What somebody said about being reminded, and what shows that they did. Source: docs/EVENTS.md, `consent`.
struct consent_proof {
  address_key
    subject;       // of whom: an address's key, or a customer's (key_of_customer) while no address of theirs is known
  instant time{};  // when it happened
  instant received{};  // and when it came in
  event_place place;   // where it stands in the log
  std::string shop;
  std::string legal_entity;  // that the shop was of when it came in
  cartwheel::channel channel{};
  consent_status status{};
  std::string source;
  std::string wording;
  std::string proof_url;
};

}  // namespace cartwheel
