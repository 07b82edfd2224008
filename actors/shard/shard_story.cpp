// What a cart's story is told from (shard.hpp, cart_milestone.hpp, decision 0016).

#include "actors/shard/shard.hpp"

#include <algorithm>

namespace cartwheel {

/// Called before what it tells of takes the cart away. A replay has nobody who asks.
void shard::passed(const cart_cell& cart, milestone what, instant known, instant happened, std::string_view by,
                   cart_end end) {
  if (!setup_.live || setup_.observer == nullptr) return;
  if (what == milestone::ended && !ends_told_.allows(known)) {
    metrics_.ends_untold.add();
    return;
  }
  const auto& state = cart.state();
  cart_milestone m;
  m.known = known;
  m.shop = shop_names_[cart.shop()];
  m.cart_id = cart.cart_id();
  m.customer_id = state.customer.view();
  m.address = state.extras().own_address;
  m.what = what;
  m.cycle = state.cycle;
  m.step = state.next_step;
  m.reminders_sent = state.sent;
  m.happened = happened;
  m.last_add = state.last_add;
  m.due = state.due(rules_->campaign).value_or(before_all);
  m.end = end;
  m.by = by;
  milestones_.push_back(std::move(m));
}

/// What an order, a withdrawal or the relay made of it. One that was taken back has a line of its own among the decisions.
void shard::passed_mail(const settled_reminder& s) {
  if (!setup_.live || setup_.observer == nullptr || s.how == settlement::released) return;
  cart_milestone m;
  m.known = m.happened = now_;
  m.shop = s.shop;
  m.cart_id = s.cart_id;
  m.customer_id = s.customer_id;
  m.address = s.address;
  m.what = milestone::mail;
  m.cycle = s.cycle;
  m.step = s.step;
  m.how = s.how;
  m.why = s.why;
  if (s.coupon) m.by = brief(*s.coupon);
  milestones_.push_back(std::move(m));
}

std::optional<question> shard::question_now(std::string_view shop, std::string_view cart_id, instant now) {
  const auto* cart = find(shop, cart_id);
  if (cart == nullptr || cart->state().clocks().rests(rules_->campaign)) return std::nullopt;
  auto due = cart->state().due(rules_->campaign);
  if (!due) return std::nullopt;
  auto q = asked_of(*cart, std::max(tick_of(now), tick_of(*due)));
  q.due = *due;
  q.step = cart->state().next_step;
  q.only_asked = true;
  return q;
}

}  // namespace cartwheel
