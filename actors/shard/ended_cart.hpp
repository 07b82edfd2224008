#pragma once

#include "actors/cart/cart_state.hpp"

#include <string>

namespace cartwheel {

/// A cart that is over, of which a mail with a link to it may be in somebody's inbox.
struct ended_cart {
  std::string shop;
  std::string cart_id;
  std::string customer_id;
  address_key address;   // its own
  std::string cart_url;  // empty: never said
  cart_end why = cart_end::none;
  instant when{};
  uint32_t cycle = 0;
  // The last click on a link in one of its mails, while it was open or since: before_all when there was none.
  instant clicked_at = before_all;
  uint32_t clicked_cycle = 0;
  uint8_t clicked_step = 0;
};

/// What happened to a cart that is over already: an order of it came in, or one of its links was followed.
struct news_of_ended_cart {
  std::string shop;
  std::string cart_id;
  instant when{};
  bool ordered = false;  // else a click:
  uint32_t cycle = 0;
  uint8_t step = 0;
};

}  // namespace cartwheel
