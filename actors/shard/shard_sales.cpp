// Sales: orders that were paid, and are reminded of afterwards (shard.hpp, docs/decisions/0022).

#include "actors/shard/shard.hpp"

namespace cartwheel {

namespace {

/// What the event that paid says it is worth: -1 when it says neither that nor the price of each of its items.
int64_t worth_of(const event& e) {
  if (e.details->value >= 0) return e.details->value;
  return e.items.empty() ? -1 : cart_lines{}.add(e.items).lines.value();
}

}  // namespace

/// An order is paid once, and is known for longer than a sale is open: there is none yet.
void shard::open_sale(const notice& n) {
  const event& e = *n.what;
  const auto hash = cart_hash(n.shop, n.cart_id);
  if (find(n.shop, n.cart_id, hash) != nullptr) return;
  auto& sale = open(n.shop, n.cart_id, hash);
  auto& state = sale.state();
  state.stand_for_sale(n.time);
  state.lines = e.items.empty() ? cart_lines::from_block(n.lines) : cart_lines{}.add(e.items).lines;
  state.bind_customer(n.customer, n.time);
  state.bind_visitor(n.visitor, n.time);
  if (n.address.key.given()) state.learn_own_address(n.address.key, n.address.as_given, n.time);
  const auto& d = *e.details;
  if (!d.name.empty() || !d.locale.empty()) state.learn_shopper(d.name, d.locale);
  if (!d.country.empty()) state.country = country_code::of(d.country);
  if (!d.time_zone.empty()) state.time_zone = time_zone_code::of(d.time_zone);
  state.currency = e.currency;
  state.set_value(worth_of(e));
  arm(sale);
}

/// A sale whose order was refunded or cancelled, a trail whose browser is counted no more, and either when its person is
/// erased. What of it is on its way is taken back, also where the sale ended with the step that is.
void shard::end_beside(const notice& n, cart_cell* cart) {
  const bool erased = n.at == station::ended_carts;
  const auto why = erased ? reason::erased : reason::superseded;
  if (cart == nullptr) {
    if (const auto over = desk_.sale_named(n.shop, n.cart_id)) recall(*over, why);
    return;
  }
  recall(ref_of(*cart), why);
  const auto how = erased ? cart_end::erased : cart_end::superseded;
  if (!erased) passed(*cart, milestone::ended, now_, n.time, n.order_id, how);
  end(*cart, how);
}

}  // namespace cartwheel
