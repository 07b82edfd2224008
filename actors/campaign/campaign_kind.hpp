#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// The campaigns there are: what somebody is reminded of. Records know them by their number.
enum class campaign_kind : uint8_t {
  cart,      // products were left in a cart
  checkout,  // and the checkout had been reached
  unpaid,    // they were ordered, and the order waits for its payment
};
constexpr auto last_campaign = campaign_kind::unpaid;
constexpr size_t campaign_count = static_cast<size_t>(last_campaign) + 1;
constexpr std::array all_campaigns{campaign_kind::cart, campaign_kind::checkout, campaign_kind::unpaid};
static_assert(all_campaigns.size() == campaign_count);
std::string_view to_string(campaign_kind campaign);

/// What the idle time of a campaign counts from. Source: docs/SEMANTICS.md, Campaigns.
enum class campaign_clock : uint8_t { last_add, last_cart_change, last_seen, checkout_started };

/// How far a cart has come on its way to an order.
enum class cart_stage : uint8_t { cart, checkout, payment };
constexpr size_t cart_stage_count = static_cast<size_t>(cart_stage::payment) + 1;
std::string_view to_string(cart_stage stage);

}  // namespace cartwheel
