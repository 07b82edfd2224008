#include "actors/shard/saved_values.hpp"

#include "actors/shard/reminder_desk.hpp"

namespace cartwheel {

void save_address(byte_writer& to, const address_key& key) {
  to.flag(key.given());
  if (!key.given()) return;
  to.fixed(key.high);
  to.fixed(key.low);
}

address_key load_address(byte_reader& from) {
  address_key key;
  if (!from.flag()) return key;
  key.high = from.fixed();
  key.low = from.fixed();
  return key;
}

void save_addressed(byte_writer& to, const addressed& address) {
  save_address(to, address.key);
  to.text(address.as_given);
}

addressed load_addressed(byte_reader& from) {
  addressed a;
  a.key = load_address(from);
  a.as_given = from.text();
  return a;
}

void save_cart_ref(byte_writer& to, const cart_ref& cart) {
  to.number(cart.generation);
  if (!cart.given()) return;
  to.number(static_cast<uint16_t>(cart.shard));
  to.number(cart.slot);
}

cart_ref load_cart_ref(byte_reader& from, const moved_carts& moved) {
  cart_ref cart;
  cart.generation = static_cast<uint32_t>(from.number());
  if (!cart.given()) return cart;
  cart.shard = shard_id{static_cast<uint16_t>(from.number())};
  cart.slot = static_cast<uint32_t>(from.number());
  return moved(cart);
}

namespace {

// Beside a question's step, which is below limits::steps_max of the configuration, 16.
constexpr uint8_t with_country = 0x80;
constexpr uint8_t with_time_zone = 0x40;
constexpr uint8_t with_campaign = 0x10;
constexpr uint8_t with_clock = 0x20;

}  // namespace

void save_question(byte_writer& to, const question& q) {
  to.byte(static_cast<uint8_t>(
    q.step | (q.own_country.given() ? with_country : 0) | (q.own_time_zone.given() ? with_time_zone : 0) |
    (q.campaign != campaign_kind::cart ? with_campaign : 0) | (q.counts_from != before_all ? with_clock : 0)));
  if (q.campaign != campaign_kind::cart) to.one_of(q.campaign);
  if (q.counts_from != before_all) to.time(q.counts_from);
  if (q.own_country.given()) to.text(q.own_country.text());
  if (q.own_time_zone.given()) to.text(q.own_time_zone.name());
  to.byte(q.reminders_sent);
  to.time(q.tick);
  to.time(q.due);
  to.time(q.last_add);
  save_cart_ref(to, q.cart);
  to.number(q.cycle);
  to.text(q.shop);
  to.text(q.cart_id);
  to.text(q.customer);
  to.text(q.visitor);
  save_addressed(to, q.address);
  save_addressed(to, q.own_address);
  to.text(q.shopper_name);
  to.text(q.locale);
}

question load_question(byte_reader& from, const moved_carts& moved) {
  question q;
  const auto step = from.byte();
  q.step = step & static_cast<uint8_t>(~(with_country | with_time_zone | with_campaign | with_clock));
  if ((step & with_campaign) != 0) q.campaign = from.one_of(last_campaign);
  if ((step & with_clock) != 0) q.counts_from = from.time();
  if ((step & with_country) != 0) q.own_country = country_code::of(from.text());
  if ((step & with_time_zone) != 0) q.own_time_zone = time_zone_code::of(from.text());
  q.reminders_sent = from.byte();
  q.tick = from.time();
  q.due = from.time();
  q.last_add = from.time();
  q.cart = load_cart_ref(from, moved);
  q.cycle = static_cast<uint32_t>(from.number());
  q.shop = from.text();
  q.cart_id = from.text();
  q.customer = from.text();
  q.visitor = from.text();
  q.address = load_addressed(from);
  q.own_address = load_addressed(from);
  q.shopper_name = from.text();
  q.locale = from.text();
  return q;
}

void save_currency(byte_writer& to, const currency_code& c) { to.text(c.text()); }

currency_code load_currency(byte_reader& from) {
  currency_code c;
  auto text = from.text();
  if (text.empty()) return c;
  if (text.size() != c.letters.size()) throw broken_bytes{"a currency has three letters"};
  std::copy(text.begin(), text.end(), c.letters.begin());
  return c;
}

void save_reminder(byte_writer& to, const due_reminder& r) {
  save_address(to, r.address);
  to.text(r.shop);
  to.text(r.cart_id);
  to.text(r.customer_id);
  to.text(r.address_as_given);
  to.text(r.shopper_name);
  to.text(r.locale);
  to.text(r.cart_url);
  to.text(r.lines);
  save_currency(to, r.currency);
  to.signed_number(r.value);
  to.time(r.due);
  to.time(r.decided);
  to.time(r.not_after);
}

due_reminder load_reminder(byte_reader& from) {
  due_reminder r;
  r.address = load_address(from);
  r.shop = from.text();
  r.cart_id = from.text();
  r.customer_id = from.text();
  r.address_as_given = from.text();
  r.shopper_name = from.text();
  r.locale = from.text();
  r.cart_url = from.text();
  r.lines = from.text();
  r.currency = load_currency(from);
  r.value = from.signed_number();
  r.due = from.time();
  r.decided = from.time();
  r.not_after = from.time();
  return r;
}

void save_account(byte_writer& to, const due_reminder& r) {
  to.signed_number(r.loyalty_points);
  to.text(r.account_discount);
}

void load_account(byte_reader& from, due_reminder& r) {
  r.loyalty_points = from.signed_number();
  r.account_discount = from.text();
}

}  // namespace cartwheel
