#include "actors/consent/address_book.hpp"

#include "actors/campaign/holdout.hpp"
#include "actors/campaign/mail_permission.hpp"
#include "actors/campaign/role_address.hpp"
#include "actors/campaign/packed_facts.hpp"
#include "actors/shard/decision_order.hpp"
#include "actors/shard/event_ids.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>

namespace cartwheel {

bool address_book::receive(const notice& n, outbox& out) {
  if (n.kind == notice_kind::heard) {
    hear(addresses_.read(n.address.key), n, out);
    return true;
  }
  address& a = addresses_[n.address.key];
  if (n.first && !a.event_ids.accept(event_id_hash(*n.what))) return false;
  switch (n.kind) {
    case notice_kind::consent: consent(a, n, out); break;
    case notice_kind::record: record(a, n, out); break;
    case notice_kind::basis: a.grounds.sold(entity_of(n.shop), n.order_key, n.time); break;
    case notice_kind::no_basis: a.grounds.refunded(entity_of(n.shop), n.order_key); break;
    case notice_kind::obtained:
      a.grounds.obtained(entity_of(n.shop), n.what->details->source_of_address, n.time);
      break;
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
  const auto entity = entity_of(n.shop);
  auto same = std::find_if(a.consents.begin(), a.consents.end(),
                           [&](const consent_entry& c) { return c.entity == entity && c.channel == n.channel; });
  if (same == a.consents.end()) same = a.consents.insert(same, consent_entry{entity, n.channel});
  auto& latest = n.status == consent_status::granted ? same->granted : same->withdrawn;
  latest = std::max(latest, n.time);
  if (n.status == consent_status::granted && n.confirmed) same->confirmed = std::max(same->confirmed, n.time);
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
  for (auto& c : a.consents) c.granted = c.confirmed = before_all;
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

decision_facts address_book::facts_about(const address* a, question& q) {
  static const country_law strict;
  const auto& series = rules_->campaign.of(q.campaign);
  const auto& step = series.step(q.step);
  const auto& shop = rules_->shops.of(q.shop);
  decision_facts f;
  f.ordered_elsewhere = q.ordered_elsewhere;
  f.cart_open = q.cart_open;
  f.overdue = q.tick - q.due;
  f.not_after = step.not_after;
  f.has_address = q.address.key.given();
  f.channel = step.channel;
  f.campaign = q.campaign;
  f.campaign_on = series.enabled && shop.reminders;
  if (const auto abandoned = std::max(q.last_add, q.counts_from) + series.idle; abandoned < series.enabled_at)
    f.before_campaign = series.enabled_at - abandoned;
  f.refuse_bots = rules_->policy.refuse_bots;
  f.bot = q.bot;
  f.internal = q.internal;
  f.refuse_roles = rules_->policy.refuse_roles;
  f.role_address = rules_->policy.refuse_roles && is_role_address(q.address.as_given);
  f.refuse_unverified = rules_->policy.refuse_unverified;
  if (rules_->policy.by_country) {
    auto country = q.country.given() ? q.country : q.own_country;
    if (!country.given()) country = country_code::of(shop.country);
    apply(rules_->laws.of(country), country, f);
  } else {
    apply(strict, {}, f);
  }
  f.refusal_offered = shop.refusal_offered;
  f.postal_address = !shop.postal_address.empty();
  f.refuse_zero = series.refuse_zero;
  f.value = q.value;
  f.currency = q.currency;
  if (auto least = std::ranges::find(series.min_value, q.currency, &least_value::currency);
      least != series.min_value.end())
    f.value_min = least->amount;
  f.held_out = is_held_out(q.shop, q.cart_id, series.holdout_percent);
  f.reminders_sent = q.reminders_sent;
  f.reminders_max = series.reminders_per_cart;
  f.cap = rules_->campaign.cap;
  f.window = rules_->policy.window;
  f.window_max = rules_->policy.window_count;
  f.cooldown = rules_->policy.cooldown_after_purchase;
  if (q.last_order != before_all) f.since_order = std::max(0ms, q.tick - q.last_order);
  if (const auto* held = suppressions_.find(q.address.key); held != nullptr && held->holds_at(q.tick))
    f.suppressed = held->reason == address_news::complaint ? reason::suppressed_complaint : reason::suppressed_bounce;
  const auto* wish = preferences_.find(q.address.key);
  f.shopper_wants_peace = wish != nullptr && wish->pauses_at(q.tick);
  if (a != nullptr) {
    add_known(*a, q, entities_.of(shop.legal_entity), f);
    f.shopper_wants_peace |=
      wish != nullptr && wish->weekly && f.since_last_reminder && *f.since_last_reminder < limits::weekly_window;
  }
  if (speaks_of_a_sale(q.campaign)) {
    f.ordered_elsewhere = false;
    f.cooldown = 0ms;
  }
  if (rules_->campaign.hours.given()) add_hours(q, shop, f);
  return f;
}

/// Whether it is a time of day at which its mail may leave, and else when that comes. The share of the spread is the cart's.
void address_book::add_hours(question& q, const shop_settings& shop, decision_facts& f) {
  constexpr hash_key campaign_cart{0x7370726561642020ull, 0x63616d702e636172ull};
  f.has_hours = true;
  f.zone = q.time_zone.given() ? q.time_zone : q.own_time_zone;
  if (!f.zone.given()) f.zone = time_zone_code::of(shop.time_zone);
  const auto now = std::max(q.tick, q.gated);
  q.again = hours_.leaves(f.zone, now, keyed_hash(campaign_cart, q.shop, q.cart_id));
  if (q.again > now) {
    f.quiet_for = q.again - q.tick;
    f.opens_at = static_cast<uint32_t>(hours_.minute_of_day(f.zone, hours_.opens(f.zone, now)));
  } else if (q.gated != before_all) {
    q.closes = hours_.closes(f.zone, now).value_or(never);
  }
}

/// What is known of the address itself.
void address_book::add_known(const address& a, const question& q, uint16_t entity, decision_facts& f) const {
  auto since = [&](const std::optional<instant>& t) {
    return t ? std::optional{std::max(0ms, q.tick - *t)} : std::nullopt;
  };
  f.ordered_elsewhere |= a.orders.any_since(q.shop, q.last_add);
  for (const auto& c : a.consents)
    if (c.entity == entity && c.channel == f.channel) {
      f.consent = c.status();
      f.opt_in_confirmed = c.is_confirmed();
    }
  f.existing_customer = a.grounds.sale_of(entity);
  f.since_sale = since(a.grounds.latest_sale(entity));
  f.since_checkout = since(a.grounds.latest(entity, address_source::checkout));
  f.since_account = since(a.grounds.latest(entity, address_source::account));
  // Rule 15: a customer's cart has the customer's address. Any other was typed by whoever sat there.
  f.somebody_elses = !q.address_of_customer &&
                     std::ranges::any_of(a.subjects, [](const subject& s) { return s.kind == subject_kind::customer; });
  if (!a.claims.empty()) f.since_last_reminder = q.tick - a.claims.back().tick;
  if (rules_->policy.window_count > 0)
    f.window_sent = static_cast<uint32_t>(
      std::ranges::count_if(a.claims, [&](const claim& c) { return q.tick - c.tick < rules_->policy.window; }));
  if (rules_->policy.cooldown_after_purchase == 0ms) return;
  a.orders.each([&](const std::string& shop, instant time) {
    if (rules_->shops.of(shop).legal_entity != entities_.name(entity)) return;
    const auto ago = std::max(0ms, q.tick - time);
    f.since_order = std::min(f.since_order.value_or(ago), ago);
  });
}

milliseconds address_book::claims_count_for() const {
  return rules_->policy.window_count > 0 ? std::max(rules_->campaign.cap, rules_->policy.window) : rules_->campaign.cap;
}

void address_book::claim_for(address& a, const question& q) {
  const auto* wish = preferences_.find(q.address.key);
  const auto counts =
    wish != nullptr && wish->weekly ? std::max(claims_count_for(), limits::weekly_window) : claims_count_for();
  std::erase_if(a.claims, [&](const claim& c) { return !c.on_its_way && q.tick - c.tick >= counts; });
  a.claims.push_back({q.tick, q.cart, q.step, live_});
}

decision address_book::confirm(question& q) {
  auto facts = facts_about(q.address.key.given() ? addresses_.read(q.address.key) : nullptr, q);
  facts.reminders_sent = 0;
  facts.since_last_reminder.reset();
  facts.window_sent = 0;
  const auto* wish = preferences_.find(q.address.key);
  facts.shopper_wants_peace = wish != nullptr && wish->pauses_at(q.tick);
  return decide(facts);
}

decision address_book::as_things_stand(question& q) {
  const auto facts = facts_about(q.address.key.given() ? addresses_.read(q.address.key) : nullptr, q);
  q.facts = pack(facts);
  return decide(facts);
}

bool address_book::bought_before(const question& q) {
  const auto* a = q.address.key.given() ? addresses_.read(q.address.key) : nullptr;
  if (a == nullptr) return false;
  return a->grounds.sale_of(entity_of(q.shop));
}

namespace {

/// Those behind the first few lines of it come by themselves: the processor sees that they follow each other.
[[gnu::always_inline]] inline void prefetch(const question& q) {
  const auto* at = reinterpret_cast<const char*>(&q);
  for (size_t line = 0; line < 4; ++line) __builtin_prefetch(at + 64 * line);
}

}  // namespace

void address_book::decide_all(std::vector<question> questions, outbox& out) {
  auto rank = [&](const question& q) { return rules_->campaign.of(q.campaign).priority; };
  // The most important claim on each address in this tick.
  std::unordered_map<address_key, uint8_t, address_key_hash> claimed;
  // A cart that asks for several steps at once: what the first one's answer means for the next.
  struct so_far {
    uint8_t sent = 0;
    bool ended = false;
  };
  std::unordered_map<uint64_t, so_far> earlier;
  const auto order = decision_order(
    questions.size(), [&](size_t i) -> const question& { return questions[i]; }, rank);
  // Growing would copy the answers, half a kilobyte each.
  std::vector<size_t> answers(out.shards());
  for (const auto& q : questions) ++answers[static_cast<size_t>(q.cart.shard)];
  for (size_t i = 0; i < answers.size(); ++i) out.of(i).answers.reserve(out.of(i).answers.size() + answers[i]);
  constexpr size_t ahead = 8;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i + ahead < order.size()) prefetch(questions[order[i + ahead]]);
    auto& q = questions[order[i]];
    so_far* before = nullptr;
    if (q.several) {
      before = &earlier[uint64_t{static_cast<uint16_t>(q.cart.shard)} << 32 | q.cart.slot];
      if (before->ended) continue;  // the cart is over: its later steps are not asked
      q.reminders_sent = static_cast<uint8_t>(q.reminders_sent + before->sent);
    }
    const auto* known = q.address.key.given() ? addresses_.read(q.address.key) : nullptr;
    decision d;
    if (q.recorded) {
      d = *q.recorded;
    } else {
      auto facts = facts_about(known, q);
      if (auto first = claimed.find(q.address.key); first != claimed.end()) facts.outranked = first->second < rank(q);
      d = decide(facts);
      if (live_) q.facts = pack(facts);  // a replay tells what it decided, and not why
    }
    // A recorded claim counts whatever else is known of its address.
    if (d.outcome == decision_outcome::sent) {
      claim_for(addresses_[q.address.key], q);
      claimed.try_emplace(q.address.key, rank(q));
    }
    if (before != nullptr) {
      before->sent = static_cast<uint8_t>(before->sent + (d.outcome == decision_outcome::sent));
      before->ended = d.outcome == decision_outcome::ended;
    }
    out.reply({std::move(q), d});
  }
}

namespace {

// The first version began with a flag that says that the key is given, which it always is.
constexpr uint8_t address_version = 2;

}  // namespace

void address_book::address_table::save(const address_key& k, const address& a, byte_writer& to) const {
  to.byte(address_version);
  to.fixed(k.high);
  to.fixed(k.low);
  to.number(a.consents.size());
  for (const auto& c : a.consents) {
    to.text(entities->name(c.entity));
    to.one_of(c.channel);
    to.time(c.granted);
    to.time(c.withdrawn);
    to.time(c.confirmed);
  }
  a.grounds.save(to, *entities);
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
                                                                                const moved_carts& moved) const {
  const auto version = from.byte();
  if (version == 0 || version > address_version)
    throw broken_bytes{"version " + std::to_string(version) + " of an address is not known here"};
  address_key k;
  k.high = from.fixed();
  k.low = from.fixed();
  address a;
  for (auto n = from.number(); n > 0; --n) {
    auto& c = a.consents.emplace_back();
    c.entity = entities->of(from.text());
    c.channel = from.one_of(channel::onsite);
    c.granted = from.time();
    c.withdrawn = from.time();
    if (version > 1) c.confirmed = from.time();
  }
  if (version > 1)
    a.grounds.load(from, *entities);
  else
    a.grounds.load_counts(from, *entities);
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
  return {k, std::move(a)};
}

}  // namespace cartwheel
