#include "actors/person/people.hpp"

#include "actors/person/limits.hpp"
#include "actors/shard/event_ids.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>

namespace cartwheel {

bool people::receive(const notice& n, outbox& out) {
  if (n.kind == notice_kind::end_unaddressed) {
    end_unaddressed(people_.read(id_of(n)), n, out);
    return true;
  }
  if (n.kind == notice_kind::closed || n.kind == notice_kind::forget || n.kind == notice_kind::unrecord) {
    auto* p = people_.find(id_of(n));
    if (p == nullptr) return true;
    if (n.kind == notice_kind::forget)
      forget(*p, n, out);
    else if (n.kind == notice_kind::closed)
      std::erase(p->carts, n.cart);
    else
      p->orders.remove(n.order_key);
    if (n.kind != notice_kind::closed || n.end == cart_end::erased) let_go(id_of(n), *p);
    return true;
  }
  auto* known = people_.find(id_of(n));
  person& p = known != nullptr ? *known : enter(id_of(n));
  if (n.first && !p.event_ids.accept(event_id_hash(*n.what))) {
    let_go(id_of(n), p);
    return false;
  }
  switch (n.kind) {
    case notice_kind::opened: opened(p, n, out); break;
    case notice_kind::learn: learn(p, n, out); break;
    case notice_kind::record: record(p, n, out); break;
    case notice_kind::consent: consent(p, n, out); break;
    case notice_kind::erase:
      erase(p, n, out);
      let_go(id_of(n), p);
      break;
    default: break;
  }
  return true;
}

person& people::enter(const std::string& id) {
  person& p = people_[id];
  if (erased_.empty()) return p;
  if (auto left = erased_.take(key_of_address(keys_, id))) {
    p.consents = std::move(left->consents);
    p.event_ids = std::move(left->event_ids);
  }
  return p;
}

/// When nothing is left of somebody but what outlives an erasure, their id goes, too.
void people::let_go(const std::string& id, person& p) {
  bool nothing_left =
    !p.address.key.given() && p.name.empty() && p.locale.empty() && !p.country.given() && !p.time_zone.given() &&
    p.orders.size() == 0 && p.carts.empty() &&
    std::ranges::all_of(p.consents, [](const waiting_consent& w) { return w.status == consent_status::withdrawn; });
  if (!nothing_left) return;
  erased_.keep(key_of_address(keys_, id), {partition_of_person(id), std::move(p.consents), std::move(p.event_ids)});
  people_.erase(id);
}

void people::opened(person& p, const notice& n, outbox& out) {
  if (std::find(p.carts.begin(), p.carts.end(), n.cart) != p.carts.end()) return;
  p.carts.push_back(n.cart);
  if (p.carts.size() <= limits::carts_of_a_person_max) return;
  notice over = n;
  over.kind = notice_kind::end_cart;
  over.at = station::ended_carts;
  over.end = cart_end::superseded;
  over.cart = p.carts.front();
  p.carts.erase(p.carts.begin());
  out.to_cart(std::move(over));
}

void people::learn(person& p, const notice& n, outbox& out) {
  const auto& d = *n.what->details;
  // Only the subject of rule 14 learns the address; a login passes through both its customer and its visitor.
  bool is_subject = customers() || n.what->customer_id.empty();
  if (is_subject && says_how_obtained(n)) out.to_address(onward(n, notice_kind::obtained, station::consents));
  if (is_subject && n.address.key.given() && n.time >= p.address_time) {
    p.address_time = n.time;
    bool other = !(p.address.key == n.address.key);
    if (other && p.address.key.given()) link(notice_kind::unlink, n, p.address, out);
    p.address = n.address;
    if (other) link(notice_kind::link, n, p.address, out);
    for (auto& w : std::exchange(p.consents, {})) {
      notice given = n;
      given.kind = notice_kind::consent;
      given.first = false;
      given.at = station::consents;
      given.shop = w.shop;
      given.channel = w.channel;
      given.status = w.status;
      given.confirmed = w.confirmed;
      given.time = w.time;
      given.address = p.address;
      out.to_address(std::move(given));
    }
  }
  if (is_subject && !d.name.empty()) p.name = d.name;
  if (is_subject && !d.locale.empty()) p.locale = d.locale;
  // Events of the shopper on the site may name a country or a zone each time: they teach it to their cart alone.
  if (n.what->kind == event_kind::identify || n.what->kind == event_kind::purchase) {
    if (is_subject && !d.country.empty()) p.country = country_code::of(d.country);
    if (is_subject && !d.time_zone.empty()) p.time_zone = time_zone_code::of(d.time_zone);
  }
  if (n.what->kind != event_kind::identify || n.what->visitor_id.empty() || n.what->customer_id.empty()) return;
  if (customers()) {
    notice on = n;
    on.first = false;
    on.at = station::visitors;
    on.visitor = n.what->visitor_id;
    out.to_visitor(std::move(on));
    return;
  }
  for (const auto& c : p.carts) {  // rule 4: the visitor's open carts that have no customer
    notice bind = n;
    bind.kind = notice_kind::bind;
    bind.first = false;
    bind.at = station::carts;
    bind.customer = n.what->customer_id;
    bind.visitor = n.what->visitor_id;
    bind.cart = c;
    out.to_cart(std::move(bind));
  }
}

void people::record(person& p, const notice& n, outbox& out) {
  p.orders.add(n.shop, n.order_key, n.time);
  for (const auto& c : p.carts) {
    notice seen = n;
    seen.kind = notice_kind::order_seen;
    seen.at = station::carts;
    seen.cart = c;
    out.to_cart(std::move(seen));
  }
  notice on = n;
  if (!on.address.key.given()) {  // rule 9: its customer's; else its visitor's; else the cart's own
    on.address = p.address;
    on.resolved = true;
  }
  if (customers() && !on.visitor.empty()) {
    on.at = station::visitors;
    out.to_visitor(std::move(on));
  } else if (on.address.key.given()) {
    on.at = station::consents;
    out.to_address(std::move(on));
  } else if (on.cart.given()) {
    on.at = station::carts;
    out.to_cart(std::move(on));
  }
}

void people::consent(person& p, const notice& n, outbox& out) {
  notice on = n;
  on.first = false;
  on.at = station::consents;
  if (!on.address.key.given()) on.address = p.address;
  if (on.address.key.given())
    out.to_address(std::move(on));
  else
    p.consents.push_back({n.shop, n.channel, n.status, n.time, n.confirmed});
}

void people::erase(person& p, const notice& n, outbox& out) {
  for (const auto& c : p.carts) {
    notice end = n;
    end.kind = notice_kind::end_cart;
    end.first = false;
    end.at = station::ended_carts;
    end.end = cart_end::erased;
    end.cart = c;
    out.to_cart(std::move(end));
  }
  // The address it has and the one that was named with it are both this person's.
  std::vector<addressed> addresses{n.address};
  if (!(p.address.key == n.address.key)) addresses.push_back(p.address);
  for (const auto& address : addresses) {
    notice orders = n;
    orders.kind = notice_kind::forget;
    orders.first = false;
    orders.at = station::erased_orders;
    orders.address = address;
    out.to_all(orders);
    if (!address.key.given()) continue;
    notice on = n;
    on.first = false;
    on.at = station::consents;
    on.address = address;
    out.to_address(std::move(on));
  }
  // Withdrawals survive, those waiting for an address too; so do the open carts' places until they have ended.
  person kept;
  std::erase_if(p.consents, [](const waiting_consent& w) { return w.status != consent_status::withdrawn; });
  kept.consents = std::move(p.consents);
  kept.carts = std::move(p.carts);
  kept.event_ids = std::move(p.event_ids);
  p = std::move(kept);
}

void people::forget(person& p, const notice& n, outbox& out) {
  if (!(p.address.key == n.address.key)) return;
  p.address = {};
  p.address_time = before_all;
  p.name.clear();
  p.locale.clear();
  p.country = {};
  p.time_zone = {};
  for (const auto& c : p.carts) {
    notice end = n;
    end.cart = c;
    end.end = cart_end::erased;
    // A customer's carts had the erased address (rule 15); a visitor's had it unless their customer has another.
    end.kind = customers() ? notice_kind::end_cart : notice_kind::end_unaddressed;
    end.at = customers() ? station::ended_carts : station::erased_carts;
    out.to_cart(std::move(end));
  }
}

void people::end_unaddressed(const person* p, const notice& n, outbox& out) {
  if (p != nullptr && p->address.key.given()) return;
  notice on = n;
  if (customers() && !on.visitor.empty()) {
    on.at = station::unaddressed_visitors;
    out.to_visitor(std::move(on));
    return;
  }
  on.kind = notice_kind::end_cart;
  on.at = station::ended_carts;
  out.to_cart(std::move(on));
}

void people::link(notice_kind kind, const notice& cause, const addressed& address, outbox& out) {
  notice l;
  l.kind = kind;
  l.at = station::consents;
  l.order = cause.order;
  l.address = address;
  l.who = {kind_, id_of(cause), {}};
  out.to_address(std::move(l));
}

void people::resolve(question q, outbox& out, const shop_directory* shops) {
  if (const auto* p = people_.read(customers() ? q.customer : q.visitor)) {
    if (q.campaign == campaign_kind::browse) q.cart_open |= !p->carts.empty();
    if (!speaks_of_a_sale(q.campaign)) q.ordered_elsewhere |= p->orders.any_since(q.shop, q.last_add);
    if (!q.address.key.given()) {
      q.address = p->address;
      q.address_of_customer = customers() && p->address.key.given();
    }
    if (!q.country.given()) q.country = p->country;
    if (!q.time_zone.given()) q.time_zone = p->time_zone;
    if (shops != nullptr) {
      const auto& entity = shops->of(q.shop).legal_entity;
      p->orders.each([&](const std::string& shop, instant time) {
        if (shops->of(shop).legal_entity == entity) q.last_order = std::max(q.last_order, time);
      });
    }
    if (q.shopper_name.empty()) q.shopper_name = p->name;
    if (q.locale.empty()) q.locale = p->locale;
  }
  q.at = customers() ? station::visitors : station::consents;
  out.ask(std::move(q));
}

namespace {

// The first version began with the id, which is never empty; the second has no time zone.
constexpr std::string_view no_id;
constexpr uint8_t person_version = 3;

}  // namespace

void people::person_table::save(std::string_view id, const person& p, byte_writer& to) {
  to.text(no_id);
  to.byte(person_version);
  to.text(p.country.text());
  to.text(p.time_zone.name());
  to.text(id);
  save_addressed(to, p.address);
  to.time(p.address_time);
  to.text(p.name);
  to.text(p.locale);
  p.orders.save(to);
  to.number(p.carts.size());
  for (const auto& c : p.carts) save_cart_ref(to, c);
  save_waiting(to, p.consents);
  p.event_ids.save(to);
}

std::pair<std::string, person> people::person_table::load(byte_reader& from, const moved_carts& moved) {
  person p;
  std::string id{from.text()};
  if (id.empty()) {
    const auto version = from.byte();
    if (version < 2 || version > person_version)
      throw broken_bytes{"version " + std::to_string(version) + " of a person is not known here"};
    p.country = country_code::of(from.text());
    if (version > 2) p.time_zone = time_zone_code::of(from.text());
    id = from.text();
  }
  p.address = load_addressed(from);
  p.address_time = from.time();
  p.name = from.text();
  p.locale = from.text();
  p.orders.load(from);
  for (auto n = from.number(); n > 0; --n)
    if (auto c = load_cart_ref(from, moved); c.given()) p.carts.push_back(c);
  p.consents = load_waiting(from);
  p.event_ids.load(from);
  return {std::move(id), std::move(p)};
}

void people::save_erased(byte_writer& to, const std::function<void()>& cut) const {
  erased_.each([&](const address_key& hash, const erased_remains::remains& r) {
    save_address(to, hash);
    to.number(static_cast<uint16_t>(r.partition));
    save_waiting(to, r.consents);
    r.event_ids.save(to);
    cut();
  });
}

void people::load_erased(byte_reader& from, const shard_share& mine) {
  auto hash = load_address(from);
  erased_remains::remains r{person_partition{static_cast<uint16_t>(from.number())}, load_waiting(from), {}};
  r.event_ids.load(from);
  if (mine.has(r.partition)) erased_.keep(hash, std::move(r));
}

}  // namespace cartwheel
