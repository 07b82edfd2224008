#pragma once

#include "app/demo/gateway_event.hpp"
#include "app/demo/shares.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cartwheel {

/// Which crowd comes, and when.
struct crowd_options {
  uint64_t seed = 1;
  instant start{};
  milliseconds length = 24h;  // shoppers arrive, and events happen, in [start, start + length)
  uint64_t shoppers = 10'000;
  double cart_share = shares::opens_cart;               // a demo that is about carts may want more
  double return_share = shares::buys_after_abandoning;  // of those who leave a cart behind: order it later
  std::vector<std::string> shops{"default"};
};

/// One thing a shopper does. `product` and `quantity` belong to additions, removals and views.
struct story_step {
  instant time{};
  event_kind kind = event_kind::view_item;
  bool known = false;       // acts as a customer; else as a visitor
  bool guest_cart = false;  // on the cart of a visitor; else on the account's
  uint8_t order = 0;        // of a purchase and what follows it: counts from 1
  uint16_t product = 0;
  uint16_t quantity = 1;
  payment_state payment = payment_state::paid;
  consent_status status = consent_status::granted;
  address_source source = address_source::unknown;
};

/// What one made-up shopper does from arriving to leaving, in order of time.
/// Shape: never empty; the first step is at the arrival.
struct story {
  uint64_t number = 0;
  size_t place = 0;
  size_t shop = 0;
  std::string tag;  // unique among all crowds: what ids are made of
  std::string name;
  std::string email;
  std::vector<story_step> steps;
};

/// Makes up the story of the `number`-th shopper. Pure: the same arguments give the same story.
story tell_story(const crowd_options& options, uint64_t number, instant arrival);

/// Writes the `step`-th step of a story as the event its shop's gateway would send. Overwrites `e`, reuses its memory.
void write_event(const crowd_options& options, const story& s, size_t step, gateway_event& e);

}  // namespace cartwheel
