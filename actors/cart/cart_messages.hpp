#pragma once

#include "actors/cart/cart_state.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <string>
#include <vector>

namespace cartwheel {

/// Asks a cart, by its handle, for a copy of what it knows.
///   cart_view            the answer
///   sec::request_receiver_down  the cart is over
struct get_cart {};

struct cart_view {
  struct line {
    std::string item_id;
    std::string item_name;
    std::string image_url;
    std::string item_url;
    int64_t price = -1;
    uint32_t quantity = 0;
  };
  std::string cart_id;
  std::string customer_id;
  std::string visitor_id;
  std::string cart_url;
  std::string locale;
  std::string time_zone;
  std::string shopper_name;
  currency_code currency;
  int64_t value = -1;
  instant last_add{};
  bool paused = false;
  instant pause_until{};
  instant deferred_until = before_all;  // the step that comes next waits for its time of day; before_all: it does not
  uint32_t cycle = 0;
  uint8_t next_step = 0;
  uint8_t reminders_sent = 0;
  cart_stage stage = cart_stage::cart;
  instant last_change = before_all;  // these as in cart_clocks
  instant last_seen = before_all;
  instant checkout_at = before_all;
  instant pause_from = before_all;
  int64_t loyalty_points = -1;
  std::string account_discount;
  instant clicked_at = before_all;  // the last click on a reminder's link
  uint32_t clicked_cycle = 0;
  uint8_t clicked_step = 0;
  std::vector<line> lines;

  cart_subject subject = cart_subject::cart;
  campaign_kind news = campaign_kind::cart;  // likewise
  instant news_at = before_all;

  cart_clocks clocks() const {
    return {paused, stage, last_add, last_change, last_seen, checkout_at, pause_from, subject, news, news_at};
  }
};

cart_view view_of(const cart_state& cart, std::string_view cart_id);

}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::get_cart)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::cart_view)
