#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// The campaigns there are: what somebody is reminded of. Records know them by their number.
enum class campaign_kind : uint8_t {
  cart,            // products were left in a cart
  checkout,        // and the checkout had been reached
  unpaid,          // they were ordered, and the order waits for its payment
  after_purchase,  // they were bought
  browse,          // somebody looked around, and filled no cart
  stock,           // a product of their cart is there again
  price,           // or cheaper
};
constexpr auto last_campaign = campaign_kind::price;
constexpr size_t campaign_count = static_cast<size_t>(last_campaign) + 1;
constexpr std::array all_campaigns{campaign_kind::cart,           campaign_kind::checkout, campaign_kind::unpaid,
                                   campaign_kind::after_purchase, campaign_kind::browse,   campaign_kind::stock,
                                   campaign_kind::price};
static_assert(all_campaigns.size() == campaign_count);
std::string_view to_string(campaign_kind campaign);

/// Whether it speaks of what was bought already: no order ends it, and what is left of its products does not matter.
constexpr bool speaks_of_a_sale(campaign_kind campaign) { return campaign == campaign_kind::after_purchase; }

/// Whether it is a step of its own between those of the cart's series.
constexpr bool is_news(campaign_kind campaign) {
  return campaign == campaign_kind::stock || campaign == campaign_kind::price;
}

/// Whether there is a cart that its mails lead back to.
constexpr bool has_a_cart(campaign_kind campaign) {
  return campaign != campaign_kind::after_purchase && campaign != campaign_kind::browse;
}

/// What a cart's cell and its record stand for. Source: docs/SEMANTICS.md, Campaigns beside carts.
enum class cart_subject : uint8_t {
  cart,
  sale,   // an order that was paid
  trail,  // somebody who looked around
};

/// What the idle time of a campaign counts from. Source: docs/SEMANTICS.md, Campaigns.
enum class campaign_clock : uint8_t { last_add, last_cart_change, last_seen, checkout_started };

/// How far a cart has come on its way to an order.
enum class cart_stage : uint8_t { cart, checkout, payment };
constexpr size_t cart_stage_count = static_cast<size_t>(cart_stage::payment) + 1;
std::string_view to_string(cart_stage stage);

}  // namespace cartwheel
