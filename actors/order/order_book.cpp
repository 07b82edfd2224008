#include "actors/order/order_book.hpp"

#include "actors/shard/event_ids.hpp"

namespace cartwheel {

namespace {

constexpr milliseconds order_kept = std::chrono::days{180};

std::string erased_name(const address_key& key) {
  std::string name{"@"};
  name.append(reinterpret_cast<const char*>(&key), sizeof key);
  return name;
}

std::string erased_name(std::string_view customer) { return "c" + std::string{customer}; }

}  // namespace

std::string order_book::key_of(const notice& n) {
  std::string key{n.shop};
  key += '\0';
  key += n.order_id;
  return key;
}

bool order_book::receive(const notice& n, instant tick, outbox& out) {
  if (n.kind == notice_kind::forget) {
    if (!n.customer.empty()) erased_[erased_name(n.customer)] = n.order;
    if (n.address.key.given()) erased_[erased_name(n.address.key)] = n.order;
    return true;
  }
  auto key = key_of(n);
  bool purchased = n.what->kind == event_kind::purchase && n.what->details->payment != payment_state::failed;
  auto found = orders_.find(key);
  if (found != orders_.end() && found->second.last_named + order_kept <= tick) {
    orders_.erase(found);
    found = orders_.end();
  }
  bool fresh = found == orders_.end();
  if (fresh && !purchased) return true;  // an unknown order: nothing changes
  if (fresh) {
    found = orders_.try_emplace(key).first;
    by_age_.emplace_back(n.time, key);
  }
  order& o = found->second;
  if (n.first && !o.event_ids.accept(event_id_hash(*n.what))) return false;
  o.last_named = std::max(o.last_named, n.time);
  drop_erased(o);
  switch (n.what->kind) {
    case event_kind::purchase: purchase(o, fresh, n, out); break;
    case event_kind::order_paid: paid(o, n, out); break;
    case event_kind::order_cancelled: cancelled(o, n, out); break;
    default: refunded(o, n, out); break;
  }
  return true;
}

void order_book::purchase(order& o, bool fresh, const notice& n, outbox& out) {
  if (!fresh) return;  // rule 12: a further purchase changes nothing about orders or bases
  o.known_since = n.order;
  o.cart_id = n.what->cart_id;
  o.customer = n.customer;
  o.visitor = n.visitor;
  o.address = n.address;
  o.own_address = n.own_address;
  switch (n.what->details->payment) {
    case payment_state::paid:
      o.is = status::paid;
      record(o, n, o.address, out);
      give_basis(o, n, o.address, out);
      break;
    case payment_state::offline:
      o.is = status::offline;
      record(o, n, o.address, out);
      break;
    default: o.is = status::pending; break;
  }
}

void order_book::paid(order& o, const notice& n, outbox& out) {
  if (o.is != status::pending && o.is != status::offline) return;
  const addressed& address = n.address.key.given() ? n.address : o.address;
  if (o.is == status::pending) {
    if (!o.cart_id.empty()) {
      notice ends = n;
      ends.kind = notice_kind::order_ends;
      ends.at = station::carts;
      ends.cart_id = o.cart_id;
      out.to_cart_named(n.shop, o.cart_id, std::move(ends));
    }
    record(o, n, address, out);
  }
  o.is = status::paid;
  give_basis(o, n, address, out);
}

void order_book::cancelled(order& o, const notice& n, outbox& out) {
  if (o.is == status::pending && !o.cart_id.empty()) {
    notice resumes = n;
    resumes.kind = notice_kind::order_resumes;
    resumes.at = station::carts;
    resumes.cart_id = o.cart_id;
    out.to_cart_named(n.shop, o.cart_id, std::move(resumes));
  }
  if (o.is == status::pending || o.is == status::offline) o.is = status::cancelled;
}

void order_book::refunded(order& o, const notice& n, outbox& out) {
  if (!o.basis) return;
  o.basis = false;
  notice back = n;
  back.kind = notice_kind::no_basis;
  back.at = station::consents;
  back.address = o.basis_address;
  out.to_address(std::move(back));
}

void order_book::record(const order& o, const notice& n, const addressed& address, outbox& out) {
  notice r = n;
  r.kind = notice_kind::record;
  r.first = false;
  // Its customer and visitor are the purchase's, else its own (rule 11); for a purchase both are the same.
  if (!o.customer.empty()) r.customer = o.customer;
  if (!o.visitor.empty()) r.visitor = o.visitor;
  r.address = address;
  if (!r.own_address.key.given()) r.own_address = o.own_address;
  if (!r.customer.empty()) {
    r.at = station::customers;
    out.to_customer(std::move(r));
  } else if (!r.visitor.empty()) {
    r.at = station::visitors;
    out.to_visitor(std::move(r));
  } else {
    r.at = station::consents;
    if (!r.address.key.given()) r.address = r.own_address;
    if (r.address.key.given()) out.to_address(std::move(r));
  }
}

void order_book::give_basis(order& o, const notice& n, const addressed& address, outbox& out) {
  if (!address.key.given()) return;  // rule 13: without an address on either there is no basis from that order
  o.basis = true;
  o.basis_address = address;
  notice b = n;
  b.kind = notice_kind::basis;
  b.first = false;
  b.at = station::consents;
  b.address = address;
  out.to_address(std::move(b));
}

void order_book::drop_erased(order& o) const {
  auto erased_since = [&](const std::string& name) {
    auto i = erased_.find(name);
    return i != erased_.end() && i->second > o.known_since;
  };
  if (erased_.empty()) return;
  bool lost = (!o.customer.empty() && erased_since(erased_name(o.customer))) ||
              (o.address.key.given() && erased_since(erased_name(o.address.key))) ||
              (o.basis && erased_since(erased_name(o.basis_address.key)));
  if (!lost) return;
  o.customer.clear();
  o.visitor.clear();
  o.address = o.own_address = o.basis_address = {};
  o.basis = false;
}

void order_book::forget_before(instant tick) {
  while (!by_age_.empty() && by_age_.front().first + order_kept <= tick) {
    auto [_, key] = std::move(by_age_.front());
    by_age_.pop_front();
    auto i = orders_.find(key);
    if (i == orders_.end()) continue;
    if (i->second.last_named + order_kept <= tick)
      orders_.erase(i);
    else
      by_age_.emplace_back(i->second.last_named, key);
  }
}

}  // namespace cartwheel
