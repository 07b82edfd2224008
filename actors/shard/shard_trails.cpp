// Trails: whoever looks around in a shop, and fills no cart (shard.hpp, docs/decisions/0022).

#include "actors/shard/beside_key.hpp"
#include "actors/shard/shard.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

/// The distinct categories of what was looked at, in the order of the items; "" stands for none.
std::vector<std::string_view> categories_of(const event& e) {
  std::vector<std::string_view> all;
  for (const auto& item : e.items)
    if (std::ranges::find(all, item.item_category) == all.end()) all.push_back(item.item_category);
  if (all.empty()) all.emplace_back();
  return all;
}

}  // namespace

bool shard::counts_as_browsing(const event& e) const {
  return follows_browsers() && (e.kind == event_kind::view_item || e.kind == event_kind::add_to_cart) && !e.bot &&
         !e.internal && !e.persons_only && !(e.customer_id.empty() && e.visitor_id.empty());
}

/// Counts what they did, and tells their trail.
void shard::browsed(const notice& n, subject_kind who) {
  if (n.what == nullptr || !counts_as_browsing(*n.what)) return;
  const event& e = *n.what;
  const auto& campaign = rules_->campaign.browse;
  const browser_name by{who, who == subject_kind::customer ? n.customer : n.visitor, n.shop};
  const auto o = e.kind == event_kind::view_item ? views_.viewed(by, categories_of(e), e.time, campaign)
                                                 : views_.added(by, e.time, campaign);
  if (o.gone) tell_trail_over(n, *o.gone, station::carts);
  if (!o.since && !o.has_trail) return;
  notice seen = onward(n, notice_kind::trail_seen, station::carts);
  seen.cart_id = trail_key(who, by.id);
  seen.since = o.since;
  seen.seen = o.seen;
  const std::string key = seen.cart_id;
  out_.to_cart_named(n.shop, key, std::move(seen));
}

/// An erased customer, and whoever has lost the erased address.
void shard::forget_browser(const notice& n, subject_kind who) {
  if (n.kind != notice_kind::erase && n.kind != notice_kind::forget) return;
  const auto& id = who == subject_kind::customer ? n.customer : n.visitor;
  for (const auto& shop : views_.forget(who, id)) tell_trail_over(n, {who, id, shop}, station::ended_carts);
}

void shard::tell_trail_over(const notice& cause, const browser_name& whose, station at) {
  notice over = onward(cause, notice_kind::trail_over, at);
  over.shop = whose.shop;
  over.cart_id = trail_key(whose.who, whose.id);
  const std::string key = over.cart_id;
  out_.to_cart_named(whose.shop, key, std::move(over));
}

void shard::follow_trail(const notice& n) {
  const auto hash = cart_hash(n.shop, n.cart_id);
  if (auto* open_one = find(n.shop, n.cart_id, hash)) {
    if (open_one->state().seen_again(n.what->time)) arm(*open_one);
    return;
  }
  if (!n.since) return;  // it is over
  auto& trail = open(n.shop, n.cart_id, hash);
  auto& state = trail.state();
  state.stand_for_trail(*n.since, n.seen);
  if (who_of_key(n.cart_id) == subject_kind::customer)
    state.bind_customer(id_of_key(n.cart_id), n.seen);
  else
    state.bind_visitor(id_of_key(n.cart_id), n.seen);
  arm(trail);
}

}  // namespace cartwheel
