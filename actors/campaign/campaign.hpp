#pragma once

#include "actors/campaign/campaign_kind.hpp"
#include "actors/campaign/send_hours.hpp"
#include "actors/campaign/template_choice.hpp"
#include "actors/event/event.hpp"
#include "runtime/base/time.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// One storefront, as the configuration describes it ([shop.NAME]; DESIGN of the file: docs/configuration.md).
struct shop_settings {
  std::string name = "Example";
  std::string legal_entity = "example-bv";
  std::string country = "NL";
  std::string from = "Example <cart@example.com>";
  std::string reply_to;        // empty: replies go to `from`
  std::string bounce_address;  // envelope sender, a token is put into it; empty: the address of `from`, as it is
  std::string base_url = "https://example.com";
  std::string postal_address;     // shown in the footer where given
  std::string locale = "en";      // of a shopper whose own is not known
  std::string time_zone = "UTC";  // likewise; where a campaign has hours
  bool refusal_offered = false;   // its checkout lets a shopper refuse reminders where they type their address
  std::string restore_url{};      // fills the cart again; {cart_id} stands for the cart. Empty: base_url
  // Help with finishing the order, and what others say of the shop: shown where given, never made up.
  std::string service_phone{};
  std::string service_email{};
  std::string service_url{};
  std::string service_hours{};
  std::string reviews_text{};
  std::string reviews_url{};
  // Item ids that are no products (delivery, fees); one that ends in * names all that begin so. Mails do not show them.
  std::vector<std::string> hidden_items{};
  bool reminders = true;  // false: the campaigns are off here
  friend bool operator==(const shop_settings&, const shop_settings&) = default;
};

/// All storefronts. Invariant: `fallback` is [shop.default], which every shop without an entry takes.
struct shop_directory {
  shop_settings fallback;
  std::map<std::string, shop_settings, std::less<>> shops;

  const shop_settings& of(std::string_view shop) const {
    auto i = shops.find(shop);
    return i == shops.end() ? fallback : i->second;
  }
  friend bool operator==(const shop_directory&, const shop_directory&) = default;
};

/// One reminder of a series. Units: `after` counts from the abandonment, `not_after` from the step's due time.
struct campaign_step {
  milliseconds after{};
  cartwheel::channel channel = cartwheel::channel::email;
  std::string template_name;
  milliseconds not_after = 24h;
  std::vector<template_choice> templates{};  // for target groups: the first that fits comes before template_name
  std::string coupon{};                      // pool of codes (actors/coupon) that its mails have one of; empty: none
  friend bool operator==(const campaign_step&, const campaign_step&) = default;
};

/// The least a cart must be worth. Units: minor ones.
struct least_value {
  currency_code currency;
  int64_t amount = 0;
  friend bool operator==(const least_value&, const least_value&) = default;
};

/// What becomes of products of which the shop says that none are left.
enum class sold_out_choice : uint8_t {
  leave_out,  // the mail is about the others; none at all when there are no others
  refuse,     // no mail about a cart that holds one
  show,       // as any other
};

/// The series of one campaign. Source: docs/SEMANTICS.md.
struct series_settings {
  milliseconds idle = 20min;
  campaign_clock clock = campaign_clock::last_add;
  uint8_t priority = 3;  // 1 is the most important: it claims first where several ask in one tick
  uint8_t reminders_per_cart = 3;
  std::vector<campaign_step> steps;
  bool enabled = false;
  instant enabled_at = before_all;       // carts that were abandoned before are not reminded
  std::vector<least_value> min_value{};  // by currency; carts in others have no least
  bool refuse_zero = false;              // carts that are worth nothing
  uint8_t holdout_percent = 0;           // of the carts: not reminded, to compare with

  /// The terms of step `k`. A claim of a series that has got shorter since keeps those of its last step.
  const campaign_step& step(size_t k) const { return steps[std::min(k, steps.size() - 1)]; }
  friend bool operator==(const series_settings&, const series_settings&) = default;
};

// What a campaign is where the configuration says nothing of it; the abandoned cart's is the one of docs/SEMANTICS.md.
inline series_settings default_cart_series() {
  return {.steps = {{0s, channel::email, "reminder-1", 24h},
                    {std::chrono::days{7}, channel::email, "reminder-2", std::chrono::days{3}},
                    {std::chrono::days{14}, channel::email, "reminder-3", std::chrono::days{3}}},
          .enabled = true};
}
inline series_settings default_checkout_series() {
  return {.clock = campaign_clock::checkout_started,
          .priority = 2,
          .steps = {{0s, channel::email, "checkout-1", 24h},
                    {std::chrono::days{7}, channel::email, "reminder-2", std::chrono::days{3}},
                    {std::chrono::days{14}, channel::email, "reminder-3", std::chrono::days{3}}}};
}
inline series_settings default_unpaid_series() {
  return {.idle = 4h, .priority = 1, .steps = {{0s, channel::email, "unpaid-1", 12h}}};
}

inline series_settings default_after_purchase_series() {
  return {.idle = std::chrono::days{7},
          .priority = 5,
          .steps = {{0s, channel::email, "after-purchase-1", std::chrono::days{3}}}};
}

inline series_settings default_browse_series() {
  return {.idle = 1h, .priority = 4, .steps = {{0s, channel::email, "browse-1", 24h}}};
}

inline series_settings default_stock_series() {
  return {.idle = 1min, .steps = {{0s, channel::email, "stock-1", 24h}}};
}
inline series_settings default_price_series() {
  return {.idle = 10min, .priority = 4, .steps = {{0s, channel::email, "price-1", 24h}}};
}

/// The step about a product that has become cheaper.
struct price_settings : series_settings {
  price_settings() : series_settings{default_price_series()} {}

  uint8_t drop_percent = 10;  // at least so much below what the cart's line says
  friend bool operator==(const price_settings&, const price_settings&) = default;
};

/// The series of somebody who looks around, and what counts as that.
struct browse_settings : series_settings {
  browse_settings() : series_settings{default_browse_series()} {}

  uint8_t views = 3;                           // of one category,
  uint8_t additions = 0;                       // or so many additions; 0: they do not count,
  milliseconds window = std::chrono::days{7};  // within less than this
  friend bool operator==(const browse_settings&, const browse_settings&) = default;
};

/// The campaigns. The abandoned cart's series is the base: every cart begins in it. What stands beside it holds for all.
struct campaign_settings : series_settings {
  campaign_settings() : series_settings{default_cart_series()} {}

  milliseconds cap = 24h;  // one reminder per address and this long, over all campaigns, carts, shops and channels
  milliseconds pause_max = 24h;  // a pending payment pauses this long
  series_settings checkout = default_checkout_series();
  series_settings unpaid = default_unpaid_series();                  // counts from the purchase, whatever its clock
  series_settings after_purchase = default_after_purchase_series();  // counts from the payment, whatever its clock
  browse_settings browse;
  series_settings stock = default_stock_series();  // one step, as of price
  price_settings price;
  send_hours hours{};  // when reminders of any of them may leave

  milliseconds stock_fresh = 24h;  // what a shop said of a product's stock holds that long, and is not said later
  uint32_t low_stock = 0;          // so many pieces or fewer are mentioned; 0: never
  sold_out_choice sold_out = sold_out_choice::leave_out;

  const series_settings& of(campaign_kind kind) const {
    switch (kind) {
      case campaign_kind::checkout: return checkout;
      case campaign_kind::unpaid: return unpaid;
      case campaign_kind::after_purchase: return after_purchase;
      case campaign_kind::browse: return browse;
      case campaign_kind::stock: return stock;
      case campaign_kind::price: return price;
      case campaign_kind::cart: break;
    }
    return *this;
  }
  /// Whether carts hear of products that change.
  bool asks_for_products() const { return stock.enabled || price.enabled; }
  friend bool operator==(const campaign_settings&, const campaign_settings&) = default;
};

}  // namespace cartwheel
