#include "actors/cart/cart_messages.hpp"

namespace cartwheel {

cart_view view_of(const cart_state& cart, std::string_view cart_id) {
  const auto& extras = cart.extras();
  cart_view view;
  view.cart_id = cart_id;
  view.customer_id = cart.customer.view();
  view.visitor_id = cart.visitor.view();
  view.cart_url = cart.cart_url.view();
  view.locale = extras.locale;
  view.time_zone = cart.time_zone.name();
  view.shopper_name = extras.shopper_name;
  view.currency = cart.currency;
  view.value = extras.value >= 0 ? extras.value : cart.lines.value();
  view.subject = cart.subject;
  view.news = extras.news;
  view.news_at = extras.news_at;
  view.last_add = cart.last_add;
  view.paused = cart.paused();
  if (view.paused) view.pause_until = cart.pause_until();
  view.deferred_until = extras.deferred_until;
  view.cycle = cart.cycle;
  view.next_step = cart.next_step;
  view.reminders_sent = cart.sent;
  const auto clocks = cart.clocks();
  view.stage = clocks.stage;
  view.last_change = clocks.last_change;
  view.last_seen = clocks.last_seen;
  view.checkout_at = clocks.checkout_at;
  view.pause_from = clocks.pause_from;
  view.loyalty_points = extras.loyalty_points;
  view.account_discount = extras.account_discount;
  view.clicked_at = extras.clicked_at;
  view.clicked_cycle = extras.clicked_cycle;
  view.clicked_step = extras.clicked_step;
  cart.lines.for_each([&view](const cart_line& l) {
    view.lines.push_back({std::string{l.item_id}, std::string{l.item_name}, std::string{l.image_url},
                          std::string{l.item_url}, l.price, l.quantity});
  });
  return view;
}

}  // namespace cartwheel
