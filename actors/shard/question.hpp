#pragma once

#include "actors/campaign/policy.hpp"
#include "actors/shard/notice.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// Asks whether the reminder of a step that came up may be sent, on its way from its cart over the customer's and the
/// visitor's actor to the consent actor of the address, where it is decided.
struct question {
  station at = station::customers;
  bool ordered_elsewhere = false;
  bool cart_open = false;  // its customer or visitor has one; asked for somebody who looked around
  bool returning = false;  // the soft gate: an existing customer of the shop's legal entity
  bool several = false;    // the cart asks for more than one step in this tick
  campaign_kind campaign = campaign_kind::cart;
  uint8_t step = 0;
  uint8_t reminders_sent = 0;
  instant tick{};
  instant due{};
  instant last_add{};                // orders since then end it; of a payment that is waited for: since the purchase
  instant counts_from = before_all;  // that its due time counts from, where that is not last_add
  cart_ref cart;
  uint32_t cycle = 0;
  std::string shop;
  std::string cart_id;
  std::string customer;
  std::string visitor;
  addressed address;  // resolved on the way (rule 15)
  addressed own_address;
  std::string shopper_name;
  std::string locale;
  bool address_of_customer = false;  // it is the one of the cart's customer
  bool bot = false;
  bool internal = false;
  country_code own_country;      // that the cart's events named
  country_code country;          // the customer's, else the visitor's: found on the way
  time_zone_code own_time_zone;  // that the cart's events named
  time_zone_code time_zone;      // the customer's, else the visitor's: found on the way
  currency_code currency;
  int64_t value = -1;                // of the cart, where a campaign asks
  instant last_order = before_all;   // of this customer or visitor with the shop's legal entity, where a policy asks
  std::optional<decision> recorded;  // recovery: this was decided before; it is claimed again and not asked
  std::optional<std::string> facts;  // what its decision rests on, packed, from the consent actor on; live only
  bool only_asked = false;           // as things stand: nothing is claimed
  instant gated = before_all;        // at the soft gate: when its mail would leave
  instant again = before_all;        // of the answer, where it is deferred: when it may leave
  instant closes = never;            // at the soft gate, where it may leave now: when it may no more
};

/// The order in which steps of one campaign that came up in one tick are decided: (due, shop, cart_id, step), texts as
/// bytes.
bool decided_before(const question& a, const question& b);

/// The consent actor's word on one question, on its way back to the cart.
struct answer {
  question asked;
  decision decided;
};

}  // namespace cartwheel
