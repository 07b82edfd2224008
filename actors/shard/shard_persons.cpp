// Part b: what a tick's events say about persons, orders and other carts (shard.hpp).

#include "actors/shard/shard.hpp"

#include "runtime/base/clock.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <tuple>

namespace cartwheel {

void shard::person_event(const routed_event& r) {
  const event& e = *r.what;
  switch (e.kind) {
    case event_kind::purchase:
    case event_kind::order_paid:
    case event_kind::order_cancelled:
    case event_kind::refund: {
      notice n = notice_of(r, notice_kind::order);
      n.at = station::orders;
      n.first = true;
      out_.to_order(std::move(n));
      return;
    }
    case event_kind::consent:
    case event_kind::erase: tell_consent_or_erase(r, true); return;
    case event_kind::preferences: tell_preferences(r, true); return;
    default: break;
  }
  if (e.customer_id.empty() && e.visitor_id.empty()) {  // item_changed: every shard knows of it already
    if (!r.address.given()) {
      metrics_.count(e.kind, event_result::applied);
      return;
    }
    notice n = notice_of(r, notice_kind::learn);
    n.at = station::consents;
    n.first = true;
    out_.to_address(std::move(n));
    return;
  }
  tell_learn(notice_of(r, notice_kind::learn), true);
}

void shard::tell_consent_or_erase(const routed_event& r, bool first) {
  const event& e = *r.what;
  notice n = notice_of(r, e.kind == event_kind::erase ? notice_kind::erase : notice_kind::consent);
  n.first = first;
  if (e.kind == event_kind::erase) {
    boundaries_.push_back(r.order);
    boundaries_.push_back(r.order + 1);
  }
  if (!n.customer.empty()) {
    n.at = station::customers;
    out_.to_customer(std::move(n));
    return;
  }
  n.at = station::consents;
  out_.to_address(std::move(n));
}

/// They are the address's, whoever's it is: no customer or visitor on the event stands between.
void shard::tell_preferences(const routed_event& r, bool first) {
  notice n = notice_of(r, notice_kind::preferences);
  n.first = first;
  n.at = station::consents;
  out_.to_address(std::move(n));
}

void shard::count_first(const notice& n, bool accepted) {
  if (n.first) metrics_.count(n.what->kind, accepted ? event_result::applied : event_result::duplicate);
}

log_order shard::first_waiting(station at) const {
  log_order first = no_order;
  for (const auto& n : inbox_[static_cast<size_t>(at)]) first = std::min(first, n->order);
  return first;
}

namespace {

station where(const notice_ptr& n) { return n->at; }
station where(const question& q) { return q.at; }

/// To what waits at each one's station. Most often they are all for one station at which nothing waits: then they stay where
/// they are.
template <class Letter>
void sort_out(std::vector<Letter> come, std::array<std::vector<Letter>, station_count>& waiting) {
  if (come.empty()) return;
  const auto first = where(come.front());
  auto& there = waiting[static_cast<size_t>(first)];
  if (there.empty() && std::ranges::all_of(come, [&](const Letter& l) { return where(l) == first; })) {
    there = std::move(come);
    return;
  }
  for (auto& l : come) {
    const auto at = static_cast<size_t>(where(l));
    waiting[at].push_back(std::move(l));
  }
}

}  // namespace

void shard::absorb(outbox::tray tray) {
  sort_out(std::move(tray.notices), inbox_);
  sort_out(std::move(tray.questions), questions_);
  if (answers_.empty())
    answers_ = std::move(tray.answers);
  else
    std::ranges::move(tray.answers, std::back_inserter(answers_));
}

void shard::work(station at, log_order limit) {
  auto& inbox = inbox_[static_cast<size_t>(at)];
  const auto later =
    std::stable_partition(inbox.begin(), inbox.end(), [&](const notice_ptr& n) { return n->order < limit; });
  std::vector<notice_ptr> now{std::move_iterator{inbox.begin()}, std::move_iterator{later}};
  inbox.erase(inbox.begin(), later);
  const auto turn = [](const notice_ptr& n) { return std::tie(n->order, n->sub, n->kind); };
  if (!std::ranges::is_sorted(now, {}, turn)) std::ranges::stable_sort(now, {}, turn);
  for (auto& its : now) {
    const auto held = std::move(its);  // what it leads to takes its place in memory
    const notice& n = *held;
    switch (at) {
      case station::erased_orders:
        orders_.receive(n, tick_, out_);
        if (n.kind == notice_kind::forget && n.address.key.given())
          for (auto& [_, own] : ordered_)
            if (own.key == n.address.key) own = {};
        break;
      case station::orders: {
        bool accepted = orders_.receive(n, tick_, out_);
        count_first(n, accepted);
        if (n.first && accepted) {
          routed_event again{n.what, n.order, n.address.key, 0, 0};
          tell_learn(notice_of(again, notice_kind::learn), false);
        }
        break;
      }
      case station::customers:
      case station::erased_customers:
      case station::unaddressed_customers: {
        if (n.kind == notice_kind::browsed) {
          browsed(n, subject_kind::customer);
          break;
        }
        // Afterwards a customer who is told to forget an address does not know whether it was theirs.
        const bool concerned = n.kind != notice_kind::forget || customers_.address_of(n.customer) == n.address.key;
        const bool accepted = customers_.receive(n, out_);
        count_first(n, accepted);
        if (accepted && concerned) tell_proof(n);
        if (accepted && n.first) browsed(n, subject_kind::customer);
        if (accepted && concerned) forget_browser(n, subject_kind::customer);
        break;
      }
      case station::visitors:
      case station::erased_visitors:
      case station::unaddressed_visitors: {
        if (n.kind == notice_kind::browsed) {
          browsed(n, subject_kind::visitor);
          break;
        }
        const bool concerned = n.kind != notice_kind::forget || visitors_.address_of(n.visitor) == n.address.key;
        const bool accepted = visitors_.receive(n, out_);
        count_first(n, accepted);
        if (accepted && n.first) browsed(n, subject_kind::visitor);
        if (accepted && concerned) forget_browser(n, subject_kind::visitor);
        break;
      }
      case station::consents: {
        const bool accepted = addresses_.receive(n, out_);
        count_first(n, accepted);
        if (accepted) tell_proof(n);
        if (accepted) time_withdrawal(n);
        for (auto why : addresses_.take_suppressed()) metrics_.suppressed[static_cast<size_t>(why)].add();
        break;
      }
      case station::carts:
      case station::erased_carts:
      case station::ended_carts:
        acting_ = filed_ = n.order;
        at_carts(n);
        break;
    }
  }
}

/// What proves a consent is filed under the address that it is of; under the customer while there is none.
void shard::tell_proof(const notice& n) {
  if (setup_.observer == nullptr) return;
  const bool of_address = n.at == station::consents;
  if (n.kind == notice_kind::erase || n.kind == notice_kind::forget)
    return setup_.observer->forgotten(id_, of_address ? n.address.key : key_of_customer(setup_.keys, n.customer));
  // One that has waited for its address stands under its customer; what taught the address is another event.
  if (n.kind != notice_kind::consent || n.what->kind != event_kind::consent) return;
  if (!of_address && (n.address.key.given() || customers_.address_of(n.customer).given())) return;
  const auto& d = *n.what->details;
  setup_.observer->consented(id_, {of_address ? n.address.key : key_of_customer(setup_.keys, n.customer), n.time, now_,
                                   place_of(*n.what, *epoch_), n.shop, rules_->shops.of(n.shop).legal_entity, n.channel,
                                   n.status, std::string{d.source}, std::string{d.wording}, std::string{d.proof_url}});
}

/// From its coming in to the moment from which on it refuses: what is on its way has been recalled by then.
void shard::time_withdrawal(const notice& n) {
  if (n.kind != notice_kind::consent || n.status != consent_status::withdrawn) return;
  if (setup_.clock == nullptr || setup_.event_clock || past_) return;
  metrics_.withdrawal_effective.observe(std::chrono::duration<double>(setup_.clock->now() - now_).count());
}

void shard::at_carts(const notice& n) {
  switch (n.kind) {
    case notice_kind::merge: merge(n); return;
    case notice_kind::learn: learn(n); return;
    case notice_kind::record: record(n); return;
    case notice_kind::sale_opened: open_sale(n); return;
    case notice_kind::trail_seen: follow_trail(n); return;
    default: break;
  }
  bool by_name = n.kind == notice_kind::order_ends || n.kind == notice_kind::order_resumes ||
                 n.kind == notice_kind::sale_over || n.kind == notice_kind::trail_over;
  auto* cart = by_name ? find(n.shop, n.cart_id) : at(n.cart);
  if (n.kind == notice_kind::order_seen) {
    // Only an order of the cart's own shop counts (rule 10); a withdrawal, an erasure or a suppression counts for whatever
    // is on its way.
    if (n.news != address_news::none)
      return recall(n.cart,
                    n.news == address_news::complaint ? reason::suppressed_complaint : reason::suppressed_bounce);
    if (n.what->kind == event_kind::preferences) return recall(n.cart, reason::cap_window);
    bool order = n.what->kind == event_kind::purchase || n.what->kind == event_kind::order_paid;
    bool concerns =
      !order || cart == nullptr || (shop_names_[cart->shop()] == n.shop && n.time >= cart->state().last_add);
    if (concerns) recall(n.cart, order ? reason::ordered_other_cart : reason::consent_withdrawn);
    return;
  }
  if (n.kind == notice_kind::sale_over || n.kind == notice_kind::trail_over) return end_beside(n, cart);
  if (cart == nullptr) return;
  auto& state = cart->state();
  switch (n.kind) {
    case notice_kind::bind:
      if (!state.customer.empty() || !(state.visitor == n.visitor)) return;
      state.bind_customer(n.customer, n.time);
      register_binding(*cart, n.customer, "", notice_kind::opened, n.order);
      break;
    case notice_kind::order_ends:
      if (!state.paused_by(n.order_id)) return;
      recall_of_payment(*cart, reason::ordered_other_cart);
      passed(*cart, milestone::ended, now_, n.time, n.order_id, cart_end::ordered);
      end(*cart, cart_end::ordered);
      break;
    case notice_kind::order_resumes:
      if (!state.paused_by(n.order_id)) return;
      recall_of_payment(*cart, reason::superseded);
      state.resume(n.time);
      passed(*cart, milestone::resumed, now_, n.time, n.order_id);
      arm(*cart);
      break;
    case notice_kind::forget:
    case notice_kind::end_unaddressed: at_erased_cart(n, *cart); break;
    case notice_kind::end_cart:
      recall(n.cart, reason::erased);
      if (n.end != cart_end::erased) passed(*cart, milestone::ended, now_, n.time, {}, n.end);
      end(*cart, n.end);
      break;
    default: break;
  }
}

/// The order waits no more: a reminder of its payment that is on its way is taken back.
void shard::recall_of_payment(const cart_cell& cart, reason why) {
  if (cart.state().follows(rules_->campaign) == campaign_kind::unpaid) recall(ref_of(cart), why);
}

/// Rule 14: the cart that its event named learns an address, and what else the event says of the shopper.
void shard::learn(const notice& n) {
  const auto& d = *n.what->details;
  if (says_how_obtained(n)) out_.to_address(onward(n, notice_kind::obtained, station::consents));
  auto* cart = at(n.cart);
  if (cart == nullptr) {  // it has ended since; an order in this tick may still ask
    auto i = ordered_.find(key_of(n.cart));
    if (i != ordered_.end() && n.address.key.given() && n.time >= i->second.time) i->second = {n.address.key, n.time};
    return;
  }
  auto& state = cart->state();
  if (!d.name.empty() || !d.locale.empty()) state.learn_shopper(d.name, d.locale);
  if (!n.address.key.given()) return;
  auto before = state.extras().own_address;
  if (!state.learn_own_address(n.address.key, n.address.as_given, n.time) || before == n.address.key) return;
  notice l;
  l.order = n.order;
  l.at = station::consents;
  l.who = {subject_kind::cart, {}, ref_of(*cart)};
  if (before.given()) {
    l.kind = notice_kind::unlink;
    l.address.key = before;
    out_.to_address(l);
  }
  l.kind = notice_kind::link;
  l.address = n.address;
  out_.to_address(std::move(l));
}

/// Rule 9: nobody else has an address, so the order is recorded for the named cart's own. A purchase has ended its cart
/// itself; at order_paid the cart must still be open.
void shard::record(const notice& n) {
  notice on = n;
  on.at = station::consents;
  if (auto* cart = at(n.cart); cart != nullptr)
    on.address.key = cart->state().extras().own_address;
  else if (auto i = ordered_.find(key_of(n.cart)); i != ordered_.end() && n.what->kind == event_kind::purchase)
    on.address.key = i->second.key;
  if (on.address.key.given()) out_.to_address(std::move(on));
}

/// The erased address was this cart's by its visitor or its own: it ends unless its customer (or, before its own, its
/// visitor) has another (rule 15).
void shard::at_erased_cart(const notice& n, cart_cell& cart) {
  auto& state = cart.state();
  if (n.kind == notice_kind::forget) {
    const auto& extras = state.extras();
    if (!(extras.own_address == n.address.key)) return;
    state.forget_own_address();
  }
  notice on = n;
  on.kind = notice_kind::end_unaddressed;
  on.cart = ref_of(cart);
  on.end = cart_end::erased;
  on.customer = state.customer.view();
  on.visitor = n.kind == notice_kind::forget ? state.visitor.view() : std::string_view{};
  if (!on.customer.empty()) {
    on.at = station::unaddressed_customers;
    out_.to_customer(std::move(on));
  } else if (!on.visitor.empty()) {
    on.at = station::unaddressed_visitors;
    out_.to_visitor(std::move(on));
  } else {
    on.kind = notice_kind::end_cart;
    on.at = station::ended_carts;
    out_.to_cart(std::move(on));
  }
}

/// Whether an event that came behind the merge has bound its `into` in part a already, at the same time.
bool shard::bound_later(const cart_ref& cart, const notice& n, station whose) {
  auto i = bound_.find(key_of(cart));
  if (i == bound_.end()) return false;
  bool customer = whose == station::customers;
  const auto& state = at(cart)->state();
  return (customer ? i->second.customer : i->second.visitor) > n.order &&
         (customer ? state.customer_time : state.visitor_time) == n.time;
}

void shard::merge(const notice& n) {
  const event& e = *n.what;
  auto* cart = find(n.shop, n.cart_id);
  if (cart == nullptr && n.source_was_open && !e.persons_only)
    cart = &open(n.shop, n.cart_id, cart_hash(n.shop, n.cart_id));
  if (cart == nullptr || e.persons_only) return;
  auto& state = cart->state();
  local_text old_customer = state.customer;
  local_text old_visitor = state.visitor;
  if (n.source_was_open) {
    auto change = state.lines.join(cart_lines::from_block(n.lines));
    state.lines = std::move(change.lines);
    state.set_value(-1);  // what the shop said was without these lines
    if (rules_->campaign.asks_for_products()) hold(ref_of(*cart), n.shop, state.lines);
    if (change.grew) state.heard({.added = true, .changed = true, .seen = true}, n.time, rules_->campaign);
  }
  if (!bound_later(ref_of(*cart), n, station::customers)) state.bind_customer(e.customer_id, n.time);
  if (!bound_later(ref_of(*cart), n, station::visitors)) state.bind_visitor(e.visitor_id, n.time);
  if (e.customer_id.empty() && e.visitor_id.empty()) {
    notice l = n;
    l.cart = ref_of(*cart);
    learn(l);
  }
  if (!e.details->cart_url.empty()) state.cart_url = local_text{e.details->cart_url};
  if (!e.details->country.empty()) state.country = country_code::of(e.details->country);
  if (!e.details->time_zone.empty()) state.time_zone = time_zone_code::of(e.details->time_zone);
  rebound(*cart, old_customer.view(), old_visitor.view(), n.order);
  arm(*cart);
}

}  // namespace cartwheel
