#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// What became of a step that came up. One that is deferred comes up again; that is no decision yet, and not recorded.
enum class decision_outcome : uint8_t { sent, refused, ended, deferred };
std::string_view to_string(decision_outcome outcome);

/// Why: the one list, for logs, metrics and answers. Source: docs/SEMANTICS.md, Reasons.
enum class reason : uint8_t {
  ordered_other_cart,
  expired_ttl,
  no_address,
  consent_withdrawn,
  no_consent,
  cap_cart,
  cap_24h,
  opt_in,
  existing_customer,
  template_error,
  relay_rejected,
  recalled_queue,
  recalled_envelope,
  recalled_content,
  in_doubt,
  time_ahead,
  erased,
  superseded,
  shadow,
  suppressed_bounce,
  suppressed_complaint,
  address_unverified,
  payment_pending,
  country_policy,
  zero_value,
  below_min_value,
  out_of_stock,
  bot,
  internal,
  cap_window,
  cooldown_after_purchase,
  quiet_hours,
  merged,
  lower_priority,
  holdout,
  campaign_off,
  capacity,
  role_address,
  checkout_address,  // what permitted it: typed in a checkout
  account_address,   // given with an account
  not_objected,      // nobody asked for it, and nobody objected
  cart_open,         // who looked around has a cart, which has reminders of its own
};
constexpr size_t reason_count = static_cast<size_t>(reason::cart_open) + 1;
std::string_view to_string(reason r);

}  // namespace cartwheel
