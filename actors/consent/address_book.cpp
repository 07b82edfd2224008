#include "actors/consent/address_book.hpp"

#include "actors/shard/event_ids.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>

namespace cartwheel {

bool address_book::receive(const notice& n, outbox& out) {
  if (n.kind == notice_kind::heard) {
    hear(addresses_.find(n.address.key), n, out);
    return true;
  }
  address& a = addresses_[n.address.key];
  if (n.first && !a.event_ids.accept(event_id_hash(*n.what))) return false;
  switch (n.kind) {
    case notice_kind::consent: consent(a, n, out); break;
    case notice_kind::record: record(a, n, out); break;
    case notice_kind::basis:
    case notice_kind::no_basis: {
      const auto& entity = shops_.of(n.shop).legal_entity;
      auto same = std::find_if(a.bases.begin(), a.bases.end(), [&](const auto& b) { return b.legal_entity == entity; });
      if (n.kind == notice_kind::basis && same == a.bases.end())
        a.bases.push_back({entity, 1});
      else if (n.kind == notice_kind::basis)
        ++same->orders;
      else if (same != a.bases.end() && --same->orders == 0)
        a.bases.erase(same);
      break;
    }
    case notice_kind::link:
      if (std::find(a.subjects.begin(), a.subjects.end(), n.who) == a.subjects.end()) a.subjects.push_back(n.who);
      break;
    case notice_kind::preferences:
      if (preferences_.note(n.address.key, *n.what->details, n.time)) recall_all(a, n, out);
      break;
    case notice_kind::unrecord: a.orders.remove(n.order_key); break;
    case notice_kind::unlink: std::erase(a.subjects, n.who); break;
    case notice_kind::erase: erase(a, n, out); break;
    case notice_kind::claim_settled:
      settle(a, n);
      hear(&a, n, out);
      break;
    default: break;
  }
  return true;
}

void address_book::consent(address& a, const notice& n, outbox& out) {
  const auto& entity = shops_.of(n.shop).legal_entity;
  auto same = std::find_if(a.consents.begin(), a.consents.end(),
                           [&](const consent_entry& c) { return c.legal_entity == entity && c.channel == n.channel; });
  if (same == a.consents.end()) same = a.consents.insert(same, {entity, n.channel, before_all, before_all});
  auto& latest = n.status == consent_status::granted ? same->granted : same->withdrawn;
  latest = std::max(latest, n.time);
  if (same->status() == consent_status::granted) return;
  recall_all(a, n, out);
}

/// What is on its way to the address is taken back, where its mailer still can.
void address_book::recall_all(const address& a, const notice& cause, outbox& out) {
  for (const auto& c : a.claims) {
    if (!c.on_its_way) continue;
    notice seen = cause;
    seen.kind = notice_kind::order_seen;
    seen.first = false;
    seen.at = station::carts;
    seen.cart = c.cart;
    out.to_cart(std::move(seen));
  }
}

void address_book::record(address& a, const notice& n, outbox& out) {
  a.orders.add(n.shop, n.order_key, n.time);
  if (n.resolved) {  // the order must know, should this address be erased
    notice back = n;
    back.kind = notice_kind::recorded;
    back.at = station::erased_orders;
    out.to_order(std::move(back));
  }
  recall_all(a, n, out);
}

void address_book::erase(address& a, const notice& n, outbox& out) {
  for (auto& s : a.subjects) {
    notice forget = n;
    forget.kind = notice_kind::forget;
    forget.first = false;
    switch (s.kind) {
      case subject_kind::customer:
        forget.at = station::erased_customers;
        forget.customer = s.id;
        out.to_customer(std::move(forget));
        break;
      case subject_kind::visitor:
        forget.at = station::erased_visitors;
        forget.visitor = s.id;
        out.to_visitor(std::move(forget));
        break;
      case subject_kind::cart:
        forget.at = station::erased_carts;
        forget.cart = s.cart;
        out.to_cart(std::move(forget));
        break;
    }
  }
  if (n.customer.empty()) {  // with a customer its actor has told the orders already
    notice orders = n;
    orders.kind = notice_kind::forget;
    orders.first = false;
    orders.at = station::erased_orders;
    out.to_all(orders);
  }
  preferences_.forget(n.address.key);
  for (auto& c : a.consents) c.granted = before_all;
  std::erase_if(a.consents, [](const consent_entry& c) { return c.withdrawn == before_all; });
  recall_all(a, n, out);
  address kept;
  kept.consents = std::move(a.consents);
  kept.event_ids = std::move(a.event_ids);
  a = std::move(kept);
}

void address_book::settle(address& a, const notice& n) {
  auto same = std::find_if(a.claims.begin(), a.claims.end(),
                           [&](const claim& c) { return c.cart == n.cart && c.step == n.step && c.on_its_way; });
  if (same == a.claims.end()) return;
  same->on_its_way = false;
  if (n.settled == settlement::released) a.claims.erase(same);
}

/// An address that gets no mail from here on: what is on its way is taken back. `a` null: nothing else is known of it.
void address_book::hear(const address* a, const notice& n, outbox& out) {
  if (!suppressions_.note(n.address.key, n.news, n.time, n.mail)) return;
  suppressed_.push_back(suppressions_.find(n.address.key)->reason);
  if (a != nullptr) recall_all(*a, n, out);
}

decision_facts address_book::facts_about(const address* a, const question& q) const {
  const auto& step = campaign_.steps[q.step];
  decision_facts f;
  f.ordered_elsewhere = q.ordered_elsewhere;
  f.overdue = q.tick - q.due;
  f.not_after = step.not_after;
  f.has_address = q.address.key.given();
  f.reminders_sent = q.reminders_sent;
  f.reminders_max = campaign_.reminders_per_cart;
  f.cap = campaign_.cap;
  if (const auto* held = suppressions_.find(q.address.key); held != nullptr && held->holds_at(q.tick))
    f.suppressed = held->reason == address_news::complaint ? reason::suppressed_complaint : reason::suppressed_bounce;
  const auto* wish = preferences_.find(q.address.key);
  f.shopper_wants_peace = wish != nullptr && wish->pauses_at(q.tick);
  if (a == nullptr) return f;
  const auto& entity = shops_.of(q.shop).legal_entity;
  f.ordered_elsewhere |= a->orders.any_since(q.shop, q.last_add);
  for (const auto& c : a->consents)
    if (c.legal_entity == entity && c.channel == step.channel) f.consent = c.status();
  for (const auto& b : a->bases) f.existing_customer |= b.legal_entity == entity;
  if (!a->claims.empty()) f.since_last_reminder = q.tick - a->claims.back().tick;
  f.shopper_wants_peace |=
    wish != nullptr && wish->weekly && f.since_last_reminder && *f.since_last_reminder < limits::weekly_window;
  return f;
}

void address_book::claim_for(address& a, const question& q) {
  const auto* wish = preferences_.find(q.address.key);
  const auto counts = wish != nullptr && wish->weekly ? std::max(campaign_.cap, limits::weekly_window) : campaign_.cap;
  std::erase_if(a.claims, [&](const claim& c) { return !c.on_its_way && q.tick - c.tick >= counts; });
  a.claims.push_back({q.tick, q.cart, q.step, live_});
}

decision address_book::confirm(const question& q) {
  auto facts = facts_about(q.address.key.given() ? addresses_.find(q.address.key) : nullptr, q);
  facts.reminders_sent = 0;
  facts.since_last_reminder.reset();
  const auto* wish = preferences_.find(q.address.key);
  facts.shopper_wants_peace = wish != nullptr && wish->pauses_at(q.tick);
  return decide(facts);
}

bool address_book::bought_before(const question& q) {
  const auto* a = q.address.key.given() ? addresses_.find(q.address.key) : nullptr;
  if (a == nullptr) return false;
  const auto& entity = shops_.of(q.shop).legal_entity;
  return std::ranges::any_of(a->bases, [&](const basis_entry& b) { return b.legal_entity == entity; });
}

void address_book::decide_all(std::vector<question> questions, outbox& out) {
  std::sort(questions.begin(), questions.end(), decided_before);
  // A cart that asks for several steps at once: what the first one's answer means for the next.
  struct so_far {
    uint8_t sent = 0;
    bool ended = false;
  };
  std::unordered_map<uint64_t, so_far> earlier;
  for (auto& q : questions) {
    so_far* before = nullptr;
    if (q.several) {
      before = &earlier[uint64_t{static_cast<uint16_t>(q.cart.shard)} << 32 | q.cart.slot];
      if (before->ended) continue;  // the cart is over: its later steps are not asked
      q.reminders_sent = static_cast<uint8_t>(q.reminders_sent + before->sent);
    }
    auto* known = q.address.key.given() ? addresses_.find(q.address.key) : nullptr;
    decision d = q.recorded ? *q.recorded : decide(facts_about(known, q));
    // A recorded claim counts whatever else is known of its address.
    if (d.outcome == decision_outcome::sent) claim_for(known != nullptr ? *known : addresses_[q.address.key], q);
    if (before != nullptr) {
      before->sent = static_cast<uint8_t>(before->sent + (d.outcome == decision_outcome::sent));
      before->ended = d.outcome == decision_outcome::ended;
    }
    out.reply({std::move(q), d});
  }
}

void address_book::address_table::save(const address_key& key, const address& a, byte_writer& to) {
  save_address(to, key);
  to.number(a.consents.size());
  for (const auto& c : a.consents) {
    to.text(c.legal_entity);
    to.one_of(c.channel);
    to.time(c.granted);
    to.time(c.withdrawn);
  }
  to.number(a.bases.size());
  for (const auto& b : a.bases) {
    to.text(b.legal_entity);
    to.number(b.orders);
  }
  a.orders.save(to);
  to.number(a.claims.size());
  for (const auto& c : a.claims) {
    to.time(c.tick);
    save_cart_ref(to, c.cart);
    to.byte(c.step);
    to.flag(c.on_its_way);
  }
  to.number(a.subjects.size());
  for (const auto& s : a.subjects) {
    to.one_of(s.kind);
    to.text(s.id);
    save_cart_ref(to, s.cart);
  }
  a.event_ids.save(to);
}

std::pair<address_key, address_book::address> address_book::address_table::load(byte_reader& from,
                                                                                const moved_carts& moved) {
  auto key = load_address(from);
  address a;
  for (auto n = from.number(); n > 0; --n) {
    auto& c = a.consents.emplace_back();
    c.legal_entity = from.text();
    c.channel = from.one_of(channel::onsite);
    c.granted = from.time();
    c.withdrawn = from.time();
  }
  for (auto n = from.number(); n > 0; --n) {
    auto& b = a.bases.emplace_back();
    b.legal_entity = from.text();
    b.orders = static_cast<unsigned>(from.number());
  }
  a.orders.load(from);
  for (auto n = from.number(); n > 0; --n) {
    auto& c = a.claims.emplace_back();
    c.tick = from.time();
    c.cart = load_cart_ref(from, moved);
    c.step = from.byte();
    c.on_its_way = from.flag();
  }
  for (auto n = from.number(); n > 0; --n) {
    subject s;
    s.kind = from.one_of(subject_kind::cart);
    s.id = from.text();
    s.cart = load_cart_ref(from, moved);
    if (s.kind != subject_kind::cart || s.cart.given()) a.subjects.push_back(std::move(s));
  }
  a.event_ids.load(from);
  return {key, std::move(a)};
}

}  // namespace cartwheel
