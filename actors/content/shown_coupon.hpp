#pragma once

#include "actors/coupon/coupon_terms.hpp"
#include "actors/coupon/given_coupon.hpp"

#include <cstdint>
#include <string>

namespace cartwheel {

/// A coupon as a mail shows it. Units: amounts in minor units of the mail's currency.
struct shown_coupon {
  std::string code;
  uint8_t percent = 0;  // off; 0: it takes off something else
  int64_t amount = -1;  // off; -1: likewise
  bool free_shipping = false;
  int64_t least = -1;        // what an order must be worth; -1: nothing is said of that
  instant last_day = never;  // some moment of the last day (UTC) on all of which it holds; never: it has no end

  shown_coupon(const coupon_terms& terms, const given_coupon& given, currency_code currency);
};

}  // namespace cartwheel
