#include "actors/mailer/mail_renderer.hpp"

#include "actors/cart/cart_lines.hpp"
#include "actors/content/message_id.hpp"
#include "actors/content/restore_target.hpp"
#include "actors/coupon/coupon_desk.hpp"
#include "actors/event/money.hpp"
#include "actors/mailer/mailer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cartwheel {

namespace {

bool is_hidden(const shop_settings& shop, std::string_view item_id) {
  return std::ranges::any_of(shop.hidden_items, [&](std::string_view hidden) {
    if (!hidden.ends_with('*')) return item_id == hidden;
    return item_id.starts_with(hidden.substr(0, hidden.size() - 1));
  });
}

}  // namespace

mail_renderer::mail_renderer(const mailer_options& options)
    : options_{options},
      builder_{options.templates},
      links_{options.keys.links},
      bounces_{options.keys.message_id},
      public_url_{options.public_url} {
  while (public_url_.ends_with('/')) public_url_.pop_back();
}

std::optional<std::string> mail_renderer::domain_of(const due_reminder& due) const {
  return sending_domain(options_.shops.of(due.shop));
}

/// Without what is sold out, where the campaign leaves that out, and what is no product; the total is then of what is
/// shown.
void mail_renderer::add_lines(reminder& r, const due_reminder& due, const shop_settings& shop) const {
  const auto& campaign = options_.campaign;
  size_t at = 0;
  bool all = true;
  int64_t value = 0;
  cart_lines::from_block(due.lines).for_each([&](const cart_line& line) {
    const int64_t stock = at < due.stock.size() ? due.stock[at] : -1;
    ++at;
    if ((stock == 0 && campaign.sold_out == sold_out_choice::leave_out) || is_hidden(shop, line.item_id)) {
      all = false;
      return;
    }
    r.lines.push_back({std::string{line.item_id}, std::string{line.item_name}, std::string{line.image_url},
                       std::string{line.item_url}, line.price, line.quantity});
    if (stock > 0 && stock <= int64_t{campaign.low_stock}) r.lines.back().stock_left = static_cast<uint32_t>(stock);
    // Prices and pieces are bounded on entry, so that a full cart's total fits.
    value = line.price < 0 || value < 0 ? -1 : value + line.price * line.quantity;
  });
  if (!all) r.value = value;
}

/// By the pool's terms of today. Of one that is gone nothing is known but the code, which says nothing to a shopper.
void mail_renderer::add_coupon(reminder& r, const given_coupon& coupon) const {
  const auto* terms = options_.coupons == nullptr ? nullptr : options_.coupons->terms(coupon.pool);
  if (terms != nullptr && coupon.has_code()) r.coupon = shown_coupon(*terms, coupon, r.currency);
}

/// The pages behind them speak the mail's language.
void mail_renderer::add_links(reminder& r, const due_reminder& due, const shop_settings& shop) const {
  const auto* t = options_.templates->find(r.template_name, r.locale, shop.locale);
  const std::string language = t == nullptr ? std::string{} : t->language;
  const std::string email{to_string(channel::email)};
  auto link = [&](std::string_view page, const token_payload& p) {
    return public_url_ + "/" + std::string{page} + "/" + links_.seal(p);
  };
  r.unsubscribe_url = link("u", {token_purpose::unsubscribe, due.shop, due.address_as_given, email, language});
  r.preferences_url = link("p", {token_purpose::preferences, due.shop, due.address_as_given, email, language});
  if (!has_a_cart(due.campaign)) {  // there is no cart to be filled again, and no click on one to be noted
    r.cart_url = shop.base_url;
    return;
  }
  r.cart_url =
    options_.restore_links == 0ms
      ? restore_target(shop, due.cart_id, due.cart_url)
      : link(
          "r",
          {token_purpose::restore, due.shop, {}, due.cart_id, language, due.claim.cycle, due.claim.step, due.decided});
}

built_mail mail_renderer::render(const due_reminder& due, instant date, const given_coupon* coupon) {
  const auto& shop = options_.shops.of(due.shop);
  const auto& steps = options_.campaign.of(due.campaign).steps;
  if (due.claim.step >= steps.size())
    return {std::nullopt,
            fmt::format("template_error: the campaign {} has no step {}", to_string(due.campaign), due.claim.step)};
  auto domain = domain_of(due);
  if (!domain) return {std::nullopt, fmt::format("template_error: shop {}: from: no address", due.shop)};

  reminder r;
  r.shop = due.shop;
  r.cart_id = due.cart_id;
  const target_person who{due.shop, due.locale.empty() ? std::string_view{shop.locale} : due.locale, due.returning,
                          due.value, minor_digits(due.currency.text()).value_or(2)};
  r.template_name = template_for(steps[due.claim.step], who);
  r.step = due.claim.step;
  r.address = due.address_as_given;
  r.shopper_name = due.shopper_name;
  r.locale = due.locale;
  r.currency = due.currency;
  r.value = due.value;
  r.loyalty_points = due.loyalty_points;
  r.account_discount = due.account_discount;
  r.date = date;
  r.about_lines = has_a_cart(due.campaign);
  add_lines(r, due, shop);
  if (coupon != nullptr) add_coupon(r, *coupon);
  add_links(r, due, shop);
  // The due time tells cycles apart where an id is opened anew, and it survives the cart, which may be over by now.
  r.message_id = make_message_id(options_.keys.message_id,
                                 {due.shop, due.cart_id, due.due, due.claim.cycle, due.claim.step}, *domain);
  if (!shop.bounce_address.empty())
    r.envelope_sender = bounces_.sender(shop.bounce_address, {due.address, due.decided});
  return builder_.build(r, shop);
}

}  // namespace cartwheel
