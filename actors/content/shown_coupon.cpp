#include "actors/content/shown_coupon.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

/// A mail names a day, and who reads it takes it for all of that day.
instant last_whole_day(instant until) { return std::chrono::floor<std::chrono::days>(until) - std::chrono::days{1}; }

}  // namespace

shown_coupon::shown_coupon(const coupon_terms& terms, const given_coupon& given, currency_code currency)
    : code{given.code}, last_day{given.until == never ? never : last_whole_day(given.until)} {
  switch (terms.kind) {
    case incentive_kind::percent: percent = terms.percent; break;
    case incentive_kind::amount:
      if (auto off = std::ranges::find(terms.amount, currency, &least_value::currency); off != terms.amount.end())
        amount = off->amount;
      break;
    case incentive_kind::free_shipping: free_shipping = true; break;
  }
  auto asked = std::ranges::find(terms.min_value, currency, &least_value::currency);
  if (asked != terms.min_value.end() && asked->amount > 0) least = asked->amount;
}

}  // namespace cartwheel
