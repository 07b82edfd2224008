#pragma once

#include "actors/campaign/campaign.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cartwheel {

/// What a shopper gets for a code.
enum class incentive_kind : uint8_t { percent, amount, free_shipping };

/// A pool of coupon codes, as the configuration describes it ([coupon.NAME]).
struct coupon_terms {
  incentive_kind kind = incentive_kind::percent;
  uint8_t percent = 0;                            // off; kind percent
  std::vector<least_value> amount{};              // off, by currency; kind amount
  std::string code{};                             // one code for everybody; empty: each mail has its own, imported
  milliseconds valid = std::chrono::days{7};      // behind the mail; 0: as long as the code itself
  milliseconds at_least = 24h;                    // a code that holds less long is not given
  milliseconds cooldown = std::chrono::days{90};  // one code per address and this long, from any pool
  std::vector<least_value> min_value{};           // of a cart; empty: no least
  bool refuse_when_empty = false;                 // else the mail goes without
  friend bool operator==(const coupon_terms&, const coupon_terms&) = default;
};

using coupon_pools = std::map<std::string, coupon_terms, std::less<>>;

}  // namespace cartwheel
