#include "actors/order/order_book.hpp"

#include "actors/shard/beside_key.hpp"
#include "actors/shard/event_ids.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>
#include <array>

namespace cartwheel {

namespace {

constexpr milliseconds order_kept = std::chrono::days{180};

/// What is looked at of a partition behind one epoch, to be forgotten: each may cost a look into the store.
constexpr size_t looked_at_most = 8;

// What stands in the byte that was a flag in the first version.
constexpr uint8_t with_basis = 1, with_sale = 2;

std::string name_of(const notice& n) {
  std::string name{n.shop};
  name += '\0';
  name += n.order_id;
  return name;
}

std::pair<std::string_view, std::string_view> parts_of(std::string_view name) {
  const auto end_of_shop = name.find('\0');
  return {name.substr(0, end_of_shop), name.substr(end_of_shop + 1)};
}

/// Names an order among those of one person. Two that collide would cost the older one there: once in 10^18.
uint64_t order_key_of(std::string_view name) {
  return keyed_hash({0x6f72646572206b65ull, 0x7920636172747768ull}, name);
}

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
  const auto name = name_of(n);
  auto* known = orders_.find(name);
  if (known != nullptr && known->last_named + order_kept <= tick) {
    outlive(name, *known);
    orders_.erase(name);
    known = nullptr;
  }
  uint64_t id = n.first ? event_id_hash(*n.what) : 0;
  if (known == nullptr) {
    auto key = order_key_of(name);
    if (strays_.knows(key, id)) return false;
    bool purchased = n.what->kind == event_kind::purchase && n.what->details->payment != payment_state::failed;
    if (!purchased) {  // an unknown order: nothing changes
      strays_.remember(partition_of_order(n.shop, n.order_id), key, id);
      return true;
    }
    order& o = orders_[name];
    o.event_ids = strays_.take(key);
    o.event_ids.accept(id);
    o.last_named = n.time;
    ages_.file(order_table::partition(name), n.time, orders_.hash(name));
    orders_.refile(name, [&] { purchase({name, o}, n, out); });
    return true;
  }
  if (!known->event_ids.accept(id)) return false;
  known->last_named = std::max(known->last_named, n.time);
  orders_.refile(name, [&] { name_again({name, *known}, n, out); });
  return true;
}

void order_book::name_again(const entry& e, const notice& n, outbox& out) {
  switch (n.what->kind) {
    case event_kind::purchase: break;  // rule 12: a further purchase changes nothing about orders or bases
    case event_kind::order_paid: paid(e, n, out); break;
    case event_kind::order_cancelled: cancelled(e, n, out); break;
    default: refunded(e, n, out); break;
  }
}

void order_book::purchase(const entry& e, const notice& n, outbox& out) {
  order& o = e.o;
  o.known_since = n.order;
  o.cart_id = n.what->cart_id;
  o.cart = n.cart;
  o.customer = n.customer;
  o.visitor = n.visitor;
  o.address = n.address.key;
  switch (n.what->details->payment) {
    case payment_state::paid:
      o.is = status::paid;
      record(e, n, o.address, out);
      give_basis(e, n, o.address, out);
      open_sale(e, n, out);
      break;
    case payment_state::offline:
      o.is = status::offline;
      record(e, n, o.address, out);
      break;
    default: o.is = status::pending; break;
  }
}

void order_book::paid(const entry& e, const notice& n, outbox& out) {
  order& o = e.o;
  if (o.is != status::pending && o.is != status::offline) return;
  address_key address = n.address.key.given() ? n.address.key : o.address;
  if (o.is == status::pending) {
    if (!o.cart_id.empty()) {
      notice ends = onward(n, notice_kind::order_ends, station::carts);
      ends.cart_id = o.cart_id;
      out.to_cart_named(n.shop, o.cart_id, std::move(ends));
    }
    // Rule 11: its customer and visitor are the purchase's, else its own.
    if (o.customer.empty()) o.customer = n.customer;
    if (o.visitor.empty()) o.visitor = n.visitor;
    record(e, n, address, out);
  }
  o.is = status::paid;
  give_basis(e, n, address, out);
  open_sale(e, n, out);
}

void order_book::open_sale(const entry& e, const notice& n, outbox& out) const {
  if (!follows_sales_ || n.what->persons_only) return;
  order& o = e.o;
  o.sale = true;
  notice opened = onward(n, notice_kind::sale_opened, station::carts);
  opened.cart_id = sale_key(n.order_id);
  opened.customer = o.customer;
  opened.visitor = o.visitor;
  out.to_cart_named(n.shop, sale_key(n.order_id), std::move(opened));
}

/// By name: one that is over already does not mind.
void order_book::end_sale(const entry& e, const notice& cause, station at, outbox& out) const {
  if (!e.o.sale) return;
  e.o.sale = false;
  const auto [shop, order_id] = parts_of(e.name);
  notice over = onward(cause, notice_kind::sale_over, at);
  over.shop = shop;
  over.order_id = order_id;
  over.cart_id = sale_key(order_id);
  out.to_cart_named(shop, sale_key(order_id), std::move(over));
}

void order_book::cancelled(const entry& e, const notice& n, outbox& out) {
  order& o = e.o;
  end_sale(e, n, station::carts, out);
  if (o.is == status::pending && !o.cart_id.empty()) {
    notice resumes = onward(n, notice_kind::order_resumes, station::carts);
    resumes.cart_id = o.cart_id;
    out.to_cart_named(n.shop, o.cart_id, std::move(resumes));
  }
  if (o.is == status::pending || o.is == status::offline) o.is = status::cancelled;
}

void order_book::refunded(const entry& e, const notice& n, outbox& out) {
  order& o = e.o;
  end_sale(e, n, station::carts, out);
  if (!o.basis) return;
  o.basis = false;
  notice back = onward(n, notice_kind::no_basis, station::consents);
  back.order_key = order_key_of(e.name);
  back.address.key = o.basis_address;
  out.to_address(std::move(back));
}

void order_book::record(const entry& e, const notice& n, const address_key& address, outbox& out) {
  order& o = e.o;
  o.recorded_address = address;
  notice r = onward(n, notice_kind::record, station::customers);
  r.order_key = order_key_of(e.name);
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

void order_book::give_basis(const entry& e, const notice& n, const address_key& address, outbox& out) {
  order& o = e.o;
  if (!address.given()) return;  // rule 13: without an address on either there is no basis from that order
  o.basis = true;
  o.basis_address = address;
  notice b = onward(n, notice_kind::basis, station::consents);
  b.order_key = order_key_of(e.name);
  b.address = {address, {}};
  out.to_address(std::move(b));
}

void order_book::recorded(const notice& n) {
  const auto name = name_of(n);
  auto* o = orders_.find(name);
  if (o == nullptr || o->known_since > n.order) return;
  orders_.refile(name, [&] { o->recorded_address = n.address.key; });
}

/// Rule 18: orders of an erased customer or address lose customer, visitor and address, recorded ones too.
void order_book::forget(const notice& n, outbox& out) {
  auto lose = [&](uint64_t person, auto&& concerns) {
    for (const auto& name : orders_.keys_by(person)) {
      auto& o = *orders_.find(name);
      if (concerns(o)) orders_.refile(name, [&] { lose_person({name, o}, n, out); });
    }
  };
  if (!n.customer.empty()) lose(hash_of(n.customer), [&](const order& o) { return o.customer == n.customer; });
  if (n.address.key.given())
    lose(hash_of(n.address.key), [&](const order& o) {
      return o.address == n.address.key || o.recorded_address == n.address.key ||
             (o.basis && o.basis_address == n.address.key);
    });
}

void order_book::lose_person(const entry& e, const notice& cause, outbox& out) {
  order& o = e.o;
  auto unrecord = [&] {
    notice u;
    u.kind = notice_kind::unrecord;
    u.order = cause.order;
    u.order_key = order_key_of(e.name);
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
  end_sale(e, cause, station::ended_carts, out);
  o.customer.clear();
  o.visitor.clear();
  o.address = o.recorded_address = o.basis_address = {};
  o.basis = false;
}

/// It is forgotten: its event ids stay.
void order_book::outlive(std::string_view name, const order& o) {
  strays_.keep(order_table::partition(name), order_key_of(name), o.event_ids);
}

void order_book::forget_before(instant tick) {
  const auto until = tick - order_kept;
  ages_.look_at(until, looked_at_most, [&](person_partition p, uint64_t hash) {
    instant again = instant::max();  // when those that stay were last named: mostly there is one at most
    orders_.erase_if(p, hash, [&](std::string_view name, const order& o) {
      if (o.last_named > until) {
        again = std::min(again, o.last_named);
        return false;
      }
      outlive(name, o);
      return true;
    });
    return again == instant::max() ? before_all : again;
  });
}

void order_book::loaded() {
  if (!ages_.empty()) return;
  std::vector<std::pair<instant, std::string>> by_age;  // the table has its own order
  orders_.each_hot([&](const std::string& name, const order& o) { by_age.emplace_back(o.last_named, name); });
  std::sort(by_age.begin(), by_age.end());
  for (const auto& [named, name] : by_age) ages_.file(order_table::partition(name), named, orders_.hash(name));
}

person_partition order_book::order_table::partition(std::string_view name) {
  const auto [shop, order_id] = parts_of(name);
  return partition_of_order(shop, order_id);
}

std::vector<uint64_t> order_book::order_table::further_hashes(const order& o) const {
  std::vector<uint64_t> hashes;
  if (!o.customer.empty()) hashes.push_back(keyed_hash(hashed_with, o.customer));
  for (const auto& address : {o.address, o.recorded_address, o.basis_address})
    if (address.given() && std::ranges::find(hashes, hash_of(address)) == hashes.end())
      hashes.push_back(hash_of(address));
  return hashes;
}

void order_book::order_table::save(std::string_view name, const order& o, byte_writer& to) {
  to.text(name);
  to.one_of(o.is);
  to.byte(static_cast<uint8_t>((o.basis ? with_basis : 0) | (o.sale ? with_sale : 0)));
  to.time(o.last_named);
  to.text(o.cart_id);
  save_cart_ref(to, o.cart);
  to.text(o.customer);
  to.text(o.visitor);
  save_address(to, o.address);
  save_address(to, o.recorded_address);
  save_address(to, o.basis_address);
  o.event_ids.save(to);
}

std::pair<std::string, order_book::order> order_book::order_table::load(byte_reader& from, const moved_carts& moved) {
  std::string name{from.text()};
  order o;
  o.is = from.one_of(status::cancelled);
  const auto marks = from.byte();
  o.basis = (marks & with_basis) != 0;
  o.sale = (marks & with_sale) != 0;
  o.last_named = from.time();
  o.cart_id = from.text();
  o.cart = load_cart_ref(from, moved);
  o.customer = from.text();
  o.visitor = from.text();
  o.address = load_address(from);
  o.recorded_address = load_address(from);
  o.basis_address = load_address(from);
  o.event_ids.load(from);
  if (name.find('\0') == name.npos) throw broken_bytes{"an order has no shop"};
  return {std::move(name), std::move(o)};
}

template <class IsTheirs>
std::vector<held_order> order_book::describe_if(uint64_t person, IsTheirs&& theirs) {
  constexpr std::array<const char*, 4> words{"pending", "offline", "paid", "cancelled"};
  std::vector<held_order> held;
  for (const auto& name : orders_.keys_by(person)) {
    const auto& o = *orders_.find(name);
    if (!theirs(o)) continue;
    const auto [shop, order_id] = parts_of(name);
    held.push_back({std::string{shop}, std::string{order_id}, words[static_cast<size_t>(o.is)], o.basis, o.last_named,
                    o.cart_id, o.customer, o.visitor, o.sale});
  }
  return held;
}

std::vector<held_order> order_book::describe(const std::string& customer) {
  return describe_if(hash_of(customer), [&](const order& o) { return o.customer == customer; });
}

std::vector<held_order> order_book::describe(const address_key& address) {
  return describe_if(hash_of(address), [&](const order& o) {
    return o.address == address || o.recorded_address == address || o.basis_address == address;
  });
}

}  // namespace cartwheel
