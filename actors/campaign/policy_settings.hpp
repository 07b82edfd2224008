#pragma once

#include "runtime/base/time.hpp"

#include <cstdint>
#include <string>

namespace cartwheel {

/// Who may be reminded, whatever the campaign ([policy]). With the defaults everything that goes beyond docs/SEMANTICS.md's
/// strict list is off.
struct policy_settings {
  bool by_country = false;         // table = "by-country": each country's law; else the strict table everywhere
  std::string countries;           // folder of laws over the ones that come with the program
  bool refuse_unverified = false;  // an address that belongs to somebody else's account
  bool refuse_roles = false;       // info@, sales@, postmaster@...
  bool refuse_bots = false;        // carts marked as a bot's or as internal, and those that are filled absurdly fast
  uint32_t additions_per_minute_max = 0;  // more additions to one cart within a minute are a bot's; 0: any number
  uint32_t window_count = 0;              // at most so many reminders to a person in `window`; 0: any number
  milliseconds window = std::chrono::days{14};
  milliseconds cooldown_after_purchase{};  // no reminder so soon after an order with the same legal entity
  friend bool operator==(const policy_settings&, const policy_settings&) = default;
};

}  // namespace cartwheel
