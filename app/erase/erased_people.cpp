#include "app/erase/erased_people.hpp"

#include "actors/event/address.hpp"
#include "actors/shard/beside_key.hpp"

#include <algorithm>

namespace cartwheel {
namespace {

std::string cart_key(std::string_view shop, std::string_view id) {
  std::string key{shop};
  key += '\0';
  key += id;
  return key;
}

/// The cart that an event's ids and address are about (SEMANTICS rule 5).
std::string_view cart_of(const event& e) { return e.kind == event_kind::cart_merged ? e.details->into : e.cart_id; }

bool teaches(event_kind kind) {
  return kind != event_kind::consent && kind != event_kind::erase && kind != event_kind::preferences;
}

const auto& bounds_of(const auto& found) {
  if constexpr (requires { found.theirs; })
    return found.theirs;
  else
    return found;
}

}  // namespace

bool erased_people::bounds::widen(const bounds& b) {
  bool wider = last < b.last || until < b.until;
  last = std::max(last, b.last);
  until = std::max(until, b.until);
  return wider;
}

void erased_people::add(event_place at, instant received, const event& erase) {
  const bounds theirs{at, std::max(received, erase.time)};
  if (!erase.customer_id.empty()) customers_[std::string{erase.customer_id}].theirs.widen(theirs);
  if (!erase.details->email.empty()) addresses_[std::string{erase.details->email}].widen(theirs);
}

void erased_people::begin_reading() {
  more_ = false;
  for (auto* tied : {&visitors_, &carts_})
    for (auto& [id, c] : *tied) c.others = false;
}

void erased_people::look_at(event_place at, const event& e) {
  if (e.kind == event_kind::other) return;
  const auto email = e.details->email;
  auto c = customers_.find(e.customer_id);
  auto a = addresses_.find(email);
  const bool known = c != customers_.end();
  const bool own_customer = known && at <= c->second.theirs.last;
  if (own_customer && !email.empty()) {
    more_ |= own_addresses_.emplace(email).second;
    if (teaches(e.kind) && e.time >= c->second.learnt) {
      c->second.learnt = e.time;
      c->second.address = email;
    }
  }
  // The customer id says who it is; without one, the address does. What comes after an erasure says neither.
  bool other = e.customer_id.empty()
                 ? !email.empty() && a == addresses_.end() && !own_addresses_.contains(std::string{email})
                 : !known;
  bounds ours;
  if (own_customer) ours.widen(c->second.theirs);
  if (!other && a != addresses_.end() && at <= a->second.last) ours.widen(a->second);
  const bounds* tied = other || ours.last == event_place{} ? nullptr : &ours;
  if (!e.visitor_id.empty()) tie(visitors_, e.visitor_id, tied, other);
  if (auto id = cart_of(e); !id.empty()) {
    auto key = cart_key(e.shop, id);
    tie(carts_, key, tied, other);
    if (!other && !e.visitor_id.empty()) tie_by_visitor(key, e.visitor_id, at);
  }
  // Its sale, of which no event speaks, but what a node wrote.
  if (!e.details->order_id.empty()) {
    auto key = cart_key(e.shop, sale_key(e.details->order_id));
    tie(carts_, key, tied, other);
    if (!other && !e.visitor_id.empty()) tie_by_visitor(key, e.visitor_id, at);
  }
}

void erased_people::tie(text_map<candidate>& to, std::string_view id, const bounds* ours, bool other) {
  auto i = to.find(id);
  if (other && i != to.end()) i->second.others = true;
  if (ours == nullptr) return;
  if (i == to.end()) i = to.try_emplace(std::string{id}).first;
  i->second.direct = true;
  more_ |= i->second.theirs.widen(*ours);
}

void erased_people::tie_by_visitor(std::string_view cart, std::string_view visitor, event_place at) {
  auto v = visitors_.find(visitor);
  if (v == visitors_.end() || at > v->second.theirs.last) return;
  auto i = carts_.find(cart);
  if (i == carts_.end()) i = carts_.try_emplace(std::string{cart}).first;
  auto& of = i->second.visitors;
  if (std::find(of.begin(), of.end(), visitor) == of.end()) of.emplace_back(visitor);
  more_ |= i->second.theirs.widen(v->second.theirs);
}

bool erased_people::finish_reading() {
  for (const auto& [id, c] : customers_)
    if (!c.address.empty()) more_ |= addresses_[c.address].widen(c.theirs);
  if (!more_) conclude();
  return more_;
}

void erased_people::conclude() {
  std::erase_if(visitors_, [](const auto& v) { return v.second.others; });
  std::erase_if(carts_, [this](const auto& cart) {
    const auto& [key, c] = cart;
    return c.others || (!c.direct && std::none_of(c.visitors.begin(), c.visitors.end(),
                                                  [this](const std::string& v) { return visitors_.contains(v); }));
  });
  for (const auto& [key, c] : carts_) cart_ids_[key.substr(key.find('\0') + 1)].widen(c.theirs);
  for (const auto& [address, b] : addresses_) {
    auto key = key_of_address(keys_, address);
    address_keys_[{key.high, key.low}].widen(b);
  }
}

template <class Map>
bool erased_people::theirs(const Map& of, std::string_view id, event_place at) {
  auto i = of.find(id);
  return i != of.end() && at <= bounds_of(i->second).last;
}

bool erased_people::named_in(event_place at, const event& e) const {
  auto is_their_cart = [&](std::string_view id) { return !id.empty() && theirs(carts_, cart_key(e.shop, id), at); };
  return theirs(customers_, e.customer_id, at) || theirs(addresses_, e.details->email, at) ||
         theirs(visitors_, e.visitor_id, at) || is_their_cart(e.cart_id) || is_their_cart(e.details->into);
}

bool erased_people::named_in(event_place at, std::string_view value) const {
  if (theirs(customers_, value, at) || theirs(visitors_, value, at) || theirs(cart_ids_, value, at)) return true;
  if (value.find('@') == value.npos) return false;
  auto address = normalise_email(value);
  return address && theirs(addresses_, *address, at);
}

bool erased_people::named_somewhere_in(event_place at, std::string_view bytes) const {
  std::string lower{bytes};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  auto any = [&](const auto& of, std::string_view in) {
    return std::any_of(of.begin(), of.end(), [&](const auto& known) {
      return at <= bounds_of(known.second).last && in.find(known.first) != in.npos;
    });
  };
  return any(customers_, bytes) || any(addresses_, lower) || any(visitors_, bytes) || any(cart_ids_, bytes);
}

bool erased_people::named_in(instant tick, std::string_view shop, std::string_view cart_id,
                             std::string_view customer_id, const address_key& address) const {
  auto in_time = [&](const auto& of, const auto& id) {
    auto i = of.find(id);
    return i != of.end() && tick <= bounds_of(i->second).until;
  };
  if (subject_of_key(cart_id) == cart_subject::trail) {
    const auto whose = id_of_key(cart_id);
    if (who_of_key(cart_id) == subject_kind::customer ? in_time(customers_, whose) : in_time(visitors_, whose))
      return true;
  }
  return in_time(customers_, customer_id) || in_time(carts_, cart_key(shop, cart_id)) ||
         in_time(address_keys_, std::pair{address.high, address.low});
}

}  // namespace cartwheel
