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
  bool returning = false;  // the soft gate: an existing customer of the shop's legal entity
  bool several = false;    // the cart asks for more than one step in this tick
  uint8_t step = 0;
  uint8_t reminders_sent = 0;
  instant tick{};
  instant due{};
  instant last_add{};
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
  std::optional<decision> recorded;  // recovery: this was decided before; it is claimed again and not asked
};

/// The order in which steps that came up in one tick are decided: (due, shop, cart_id, step), texts as bytes.
bool decided_before(const question& a, const question& b);

/// The consent actor's word on one question, on its way back to the cart.
struct answer {
  question asked;
  decision decided;
};

}  // namespace cartwheel
