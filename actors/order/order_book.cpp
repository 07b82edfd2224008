#include "actors/order/order_book.hpp"

#include "actors/shard/event_ids.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>
#include <array>

namespace cartwheel {

namespace {

constexpr milliseconds order_kept = std::chrono::days{180};

std::string name_of(const notice& n) {
  std::string name{n.shop};
  name += '\0';
  name += n.order_id;
  return name;
}

/// Names an order among those of one person. Two that collide would cost the older one there: once in 10^18.
uint64_t order_key_of(std::string_view name) {
  return keyed_hash({0x6f72646572206b65ull, 0x7920636172747768ull}, name);
}

uint64_t hash_of(std::string_view customer) { return std::hash<std::string_view>{}(customer); }
uint64_t hash_of(const address_key& address) { return address.low; }

}  // namespace

bool order_book::receive(const notice& n, instant tick, outbox& out) {
  if (n.kind == notice_kind::forget) {
    forget(n, out);
    return true;
  }
  if (n.kind == notice_kind::recorded) {
    recorded(n);
    return true;
  }
  auto name = name_of(n);
  auto found = orders_.find(name);
  if (found != orders_.end()) save_first(*found);
  if (found != orders_.end() && found->second.last_named + order_kept <= tick) {
    expire(found);
    found = orders_.end();
  }
  uint64_t id = n.first ? event_id_hash(*n.what) : 0;
  if (found == orders_.end()) {
    auto key = order_key_of(name);
    if (strays_.knows(key, id)) return false;
    bool purchased = n.what->kind == event_kind::purchase && n.what->details->payment != payment_state::failed;
    if (!purchased) {  // an unknown order: nothing changes
      strays_.remember(partition_of_order(n.shop, n.order_id), key, id);
      return true;
    }
    found = orders_.try_emplace(name).first;
    found->second.saved_in = walk_number_;
    found->second.event_ids = strays_.take(key);
    found->second.event_ids.accept(id);
    found->second.last_named = n.time;
    by_age_.emplace_back(n.time, name);
    purchase(*found, n, out);
    return true;
  }
  order& o = found->second;
  if (!o.event_ids.accept(id)) return false;
  o.last_named = std::max(o.last_named, n.time);
  switch (n.what->kind) {
    case event_kind::purchase: break;  // rule 12: a further purchase changes nothing about orders or bases
    case event_kind::order_paid: paid(*found, n, out); break;
    case event_kind::order_cancelled: cancelled(o, n, out); break;
    default: refunded(o, n, out); break;
  }
  return true;
}

void order_book::purchase(entry& e, const notice& n, outbox& out) {
  order& o = e.second;
  o.known_since = n.order;
  o.cart_id = n.what->cart_id;
  o.cart = n.cart;
  o.customer = n.customer;
  o.visitor = n.visitor;
  o.address = n.address.key;
  if (!o.customer.empty()) index(e, hash_of(o.customer));
  if (o.address.given()) index(e, hash_of(o.address));
  switch (n.what->details->payment) {
    case payment_state::paid:
      o.is = status::paid;
      record(e, n, o.address, out);
      give_basis(e, n, o.address, out);
      break;
    case payment_state::offline:
      o.is = status::offline;
      record(e, n, o.address, out);
      break;
    default: o.is = status::pending; break;
  }
}

void order_book::paid(entry& e, const notice& n, outbox& out) {
  order& o = e.second;
  if (o.is != status::pending && o.is != status::offline) return;
  address_key address = n.address.key.given() ? n.address.key : o.address;
  if (o.is == status::pending) {
    if (!o.cart_id.empty()) {
      notice ends = onward(n, notice_kind::order_ends, station::carts);
      ends.cart_id = o.cart_id;
      out.to_cart_named(n.shop, o.cart_id, std::move(ends));
    }
    // Rule 11: its customer and visitor are the purchase's, else its own.
    if (o.customer.empty() && !n.customer.empty()) {
      o.customer = n.customer;
      index(e, hash_of(o.customer));
    }
    if (o.visitor.empty()) o.visitor = n.visitor;
    record(e, n, address, out);
  }
  o.is = status::paid;
  give_basis(e, n, address, out);
}

void order_book::cancelled(order& o, const notice& n, outbox& out) {
  if (o.is == status::pending && !o.cart_id.empty()) {
    notice resumes = onward(n, notice_kind::order_resumes, station::carts);
    resumes.cart_id = o.cart_id;
    out.to_cart_named(n.shop, o.cart_id, std::move(resumes));
  }
  if (o.is == status::pending || o.is == status::offline) o.is = status::cancelled;
}

void order_book::refunded(order& o, const notice& n, outbox& out) {
  if (!o.basis) return;
  o.basis = false;
  notice back = onward(n, notice_kind::no_basis, station::consents);
  back.address.key = o.basis_address;
  out.to_address(std::move(back));
}

void order_book::record(entry& e, const notice& n, const address_key& address, outbox& out) {
  order& o = e.second;
  o.recorded_address = address;
  if (address.given() && !(address == o.address)) index(e, hash_of(address));
  notice r = onward(n, notice_kind::record, station::customers);
  r.order_key = order_key_of(e.first);
  r.customer = o.customer;
  r.visitor = o.visitor;
  r.address = {address, {}};
  r.cart = o.cart;
  // Rule 9: an address that is not given is found on the way.
  if (!r.customer.empty()) {
    out.to_customer(std::move(r));
  } else if (!r.visitor.empty()) {
    r.at = station::visitors;
    out.to_visitor(std::move(r));
  } else if (r.address.key.given()) {
    r.at = station::consents;
    out.to_address(std::move(r));
  } else if (r.cart.given()) {
    r.at = station::carts;
    r.resolved = true;
    out.to_cart(std::move(r));
  }
}

void order_book::give_basis(entry& e, const notice& n, const address_key& address, outbox& out) {
  if (!address.given()) return;  // rule 13: without an address on either there is no basis from that order
  order& o = e.second;
  if (!(address == o.address) && !(address == o.recorded_address)) index(e, hash_of(address));
  o.basis = true;
  o.basis_address = address;
  notice b = onward(n, notice_kind::basis, station::consents);
  b.address = {address, {}};
  out.to_address(std::move(b));
}

void order_book::recorded(const notice& n) {
  auto found = orders_.find(name_of(n));
  if (found == orders_.end() || found->second.known_since > n.order) return;
  save_first(*found);
  found->second.recorded_address = n.address.key;
  index(*found, hash_of(n.address.key));
}

/// Rule 18: orders of an erased customer or address lose customer, visitor and address, recorded ones too.
void order_book::forget(const notice& n, outbox& out) {
  std::vector<entry*> lost;
  auto collect = [&](uint64_t person, auto&& concerns) {
    auto [first, last] = by_person_.equal_range(person);
    for (auto i = first; i != last; ++i)
      if (concerns(i->second->second)) lost.push_back(i->second);
  };
  if (!n.customer.empty()) collect(hash_of(n.customer), [&](const order& o) { return o.customer == n.customer; });
  if (n.address.key.given())
    collect(hash_of(n.address.key), [&](const order& o) {
      return o.address == n.address.key || o.recorded_address == n.address.key ||
             (o.basis && o.basis_address == n.address.key);
    });
  for (auto* e : lost) lose_person(*e, n, out);
}

void order_book::lose_person(entry& e, const notice& cause, outbox& out) {
  save_first(e);
  order& o = e.second;
  auto unrecord = [&] {
    notice u;
    u.kind = notice_kind::unrecord;
    u.order = cause.order;
    u.order_key = order_key_of(e.first);
    return u;
  };
  if (!o.customer.empty()) {
    auto u = unrecord();
    u.at = station::erased_customers;
    u.customer = o.customer;
    out.to_customer(std::move(u));
  }
  if (!o.visitor.empty()) {
    auto u = unrecord();
    u.at = station::erased_visitors;
    u.visitor = o.visitor;
    out.to_visitor(std::move(u));
  }
  if (o.recorded_address.given()) {
    auto u = unrecord();
    u.at = station::consents;
    u.address.key = o.recorded_address;
    out.to_address(std::move(u));
  }
  if (!o.customer.empty()) unindex(by_person_, e, hash_of(o.customer));
  for (const auto& address : {o.address, o.recorded_address, o.basis_address})
    if (address.given()) unindex(by_person_, e, hash_of(address));
  o.customer.clear();
  o.visitor.clear();
  o.address = o.recorded_address = o.basis_address = {};
  o.basis = false;
}

void order_book::index(entry& e, uint64_t person) { by_person_.emplace(person, &e); }

void order_book::unindex(std::unordered_multimap<uint64_t, entry*>& index, const entry& e, uint64_t person) {
  auto [first, last] = index.equal_range(person);
  for (auto i = first; i != last;) i = i->second == &e ? index.erase(i) : std::next(i);
}

void order_book::expire(orders::iterator at) {
  save_first(*at);
  order& o = at->second;
  std::string_view name = at->first;
  auto end_of_shop = name.find('\0');
  strays_.keep(partition_of_order(name.substr(0, end_of_shop), name.substr(end_of_shop + 1)), order_key_of(name),
               std::move(o.event_ids));
  if (!o.customer.empty()) unindex(by_person_, *at, hash_of(o.customer));
  for (const auto& address : {o.address, o.recorded_address, o.basis_address})
    if (address.given()) unindex(by_person_, *at, hash_of(address));
  orders_.erase(at);
}

void order_book::forget_before(instant tick) {
  while (!by_age_.empty() && by_age_.front().first + order_kept <= tick) {
    auto [_, name] = std::move(by_age_.front());
    by_age_.pop_front();
    auto i = orders_.find(name);
    if (i == orders_.end()) continue;
    if (i->second.last_named + order_kept <= tick)
      expire(i);
    else
      by_age_.emplace_back(i->second.last_named, name);
  }
}

void order_book::begin_walk(block_writer::part& to) {
  walk_to_ = &to;
  ++walk_number_;
  walk_.begin(orders_);
}

bool order_book::walk(size_t most) {
  if (walk_.under_way()) walk_.go_on(orders_, most, [&](entry& e) { save_first(e); });
  return !walk_.under_way();
}

void order_book::save_first(entry& e) {
  order& o = e.second;
  if (!walk_.under_way() || o.saved_in == walk_number_) return;
  o.saved_in = walk_number_;
  auto& to = walk_to_->to();
  to.text(e.first);
  to.one_of(o.is);
  to.flag(o.basis);
  to.time(o.last_named);
  to.text(o.cart_id);
  save_cart_ref(to, o.cart);
  to.text(o.customer);
  to.text(o.visitor);
  save_address(to, o.address);
  save_address(to, o.recorded_address);
  save_address(to, o.basis_address);
  o.event_ids.save(to);
  walk_to_->cut();
}

void order_book::load_one(byte_reader& from, const moved_carts& moved, const shard_share& mine) {
  std::string name{from.text()};
  order o;
  o.is = from.one_of(status::cancelled);
  o.basis = from.flag();
  o.last_named = from.time();
  o.cart_id = from.text();
  o.cart = load_cart_ref(from, moved);
  o.customer = from.text();
  o.visitor = from.text();
  o.address = load_address(from);
  o.recorded_address = load_address(from);
  o.basis_address = load_address(from);
  o.event_ids.load(from);
  std::string_view whole = name;
  auto end_of_shop = whole.find('\0');
  if (end_of_shop == whole.npos) throw broken_bytes{"an order has no shop"};
  if (!mine.has(partition_of_order(whole.substr(0, end_of_shop), whole.substr(end_of_shop + 1)))) return;
  by_age_.emplace_back(o.last_named, name);
  auto [at, fresh] = orders_.try_emplace(std::move(name), std::move(o));
  if (!fresh) throw broken_bytes{"an order stands in it twice"};
  if (!at->second.customer.empty()) index(*at, hash_of(at->second.customer));
  for (const auto& address : {at->second.address, at->second.recorded_address, at->second.basis_address})
    if (address.given()) index(*at, hash_of(address));
}

void order_book::loaded() {
  std::sort(by_age_.begin(), by_age_.end());  // the walk has its own order
}

template <class IsTheirs>
std::vector<held_order> order_book::describe_if(uint64_t person, IsTheirs&& theirs) const {
  constexpr std::array<const char*, 4> words{"pending", "offline", "paid", "cancelled"};
  std::vector<held_order> held;
  auto [first, last] = by_person_.equal_range(person);
  for (auto i = first; i != last; ++i) {
    const auto& [name, o] = *i->second;
    auto end_of_shop = name.find('\0');
    auto order_id = name.substr(end_of_shop + 1);
    bool told = std::ranges::any_of(held, [&](const held_order& h) { return name == h.shop + '\0' + h.order_id; });
    if (!told && theirs(o))
      held.push_back({name.substr(0, end_of_shop), order_id, words[static_cast<size_t>(o.is)], o.basis, o.last_named,
                      o.cart_id, o.customer, o.visitor});
  }
  return held;
}

std::vector<held_order> order_book::describe(const std::string& customer) const {
  return describe_if(hash_of(customer), [&](const order& o) { return o.customer == customer; });
}

std::vector<held_order> order_book::describe(const address_key& address) const {
  return describe_if(hash_of(address), [&](const order& o) {
    return o.address == address || o.recorded_address == address || o.basis_address == address;
  });
}

}  // namespace cartwheel
