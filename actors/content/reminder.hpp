#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/content/shown_coupon.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// One product left in the cart. Units: price in minor units per piece, -1 when the gateway never said.
struct reminder_line {
  std::string item_id;
  std::string name;
  std::string image_url;
  std::string item_url;
  int64_t price = -1;
  uint32_t quantity = 1;
  uint32_t stock_left = 0;  // pieces that the shop has left, where that is to be said; else 0
};

/// Everything a reminder's mail is made of: a value, taken from the live cart at the moment a connection pulls it.
struct reminder {
  std::string shop;
  std::string cart_id;
  std::string template_name;
  uint8_t step = 0;
  std::string address;       // as the shopper gave it
  std::string shopper_name;  // empty when not known
  std::string locale;        // BCP 47; empty: the shop's
  currency_code currency;
  int64_t value = -1;  // of the whole cart, minor units; -1 when it cannot be computed
  std::vector<reminder_line> lines;
  bool about_lines = true;      // false: it may have none, for it is about no cart
  std::string cart_url;         // what the button leads to; empty: the shop's base_url
  std::string preferences_url;  // empty: the mail does not link to them
  int64_t loyalty_points = -1;  // of the shopper's account; -1 when not known
  std::string account_discount;
  std::optional<shown_coupon> coupon{};
  std::string unsubscribe_url;  // RFC 8058: acts on POST alone
  std::string message_id;       // without angle brackets
  std::string envelope_sender;  // empty: the address of the shop's `from`
  instant date{};
};

/// A finished RFC 5322 message. Shape: CRLF line ends, ends in CRLF, 7-bit, not dot-stuffed.
struct rendered_mail {
  std::string message_id;  // without angle brackets
  std::string sender;      // envelope
  std::string recipient;   // envelope: domain in A-labels where the local part is ASCII
  bool utf8 = false;       // needs SMTPUTF8: a local part is not ASCII
  std::string bytes;
};

}  // namespace cartwheel
