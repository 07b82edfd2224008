#include "actors/person/person.hpp"

namespace cartwheel {

namespace {

/// What a person has. The first seven fit into one byte.
constexpr uint64_t has_address = 1 << 0;  // key, text and time
constexpr uint64_t has_name = 1 << 1;
constexpr uint64_t has_locale = 1 << 2;
constexpr uint64_t has_orders = 1 << 3;
constexpr uint64_t has_carts = 1 << 4;
constexpr uint64_t has_event_ids = 1 << 5;
constexpr uint64_t has_country = 1 << 6;
constexpr uint64_t has_consents = 1 << 7;
constexpr uint64_t has_time_zone = 1 << 8;

constexpr uint64_t confirmed = 1 << 0, withdrawn = 1 << 1;
constexpr unsigned channel_from = 2;

}  // namespace

void pack(const cart_ref& cart, packed_writer& to) {
  to.number(static_cast<uint16_t>(cart.shard));
  to.number(cart.slot);
  to.number(cart.generation);
}

cart_ref unpack_cart(packed_reader& from) {
  cart_ref cart;
  cart.shard = shard_id{static_cast<uint16_t>(from.number())};
  cart.slot = static_cast<uint32_t>(from.number());
  cart.generation = static_cast<uint32_t>(from.number());
  return cart;
}

void pack(const person& p, packed_writer& to) {
  // A field that is added must be packed, too: with one more name or less this does not compile.
  const auto& [address, address_time, name, locale, orders, carts, consents, event_ids, country, time_zone] = p;
  const bool addressed = address.key.given() || !address.as_given.empty() || address_time != before_all;
  to.number((addressed ? has_address : 0) | (name.empty() ? 0 : has_name) | (locale.empty() ? 0 : has_locale) |
            (orders.size() == 0 ? 0 : has_orders) | (carts.empty() ? 0 : has_carts) |
            (event_ids.empty() ? 0 : has_event_ids) | (country.given() ? has_country : 0) |
            (consents.empty() ? 0 : has_consents) | (time_zone.given() ? has_time_zone : 0));
  if (addressed) {
    to.fixed(address.key.high);
    to.fixed(address.key.low);
    to.text(address.as_given);
    to.time(address_time);
  }
  if (!name.empty()) to.text(name);
  if (!locale.empty()) to.recurring(locale);
  if (orders.size() != 0) orders.pack(to);
  if (!carts.empty()) {
    to.number(carts.size());
    for (const auto& c : carts) pack(c, to);
  }
  if (!event_ids.empty()) event_ids.pack(to);
  if (country.given())
    for (char letter : country.letters) to.byte(static_cast<uint8_t>(letter));
  if (time_zone.given()) to.number(time_zone.number);
  if (consents.empty()) return;
  to.number(consents.size());
  for (const auto& c : consents) {
    to.number((c.confirmed ? confirmed : 0) | (c.status == consent_status::withdrawn ? withdrawn : 0) |
              static_cast<uint64_t>(c.channel) << channel_from);
    to.recurring(c.shop);
    to.time(c.time);
  }
}

void unpack(packed_reader& from, person& into) {
  auto& [address, address_time, name, locale, orders, carts, consents, event_ids, country, time_zone] = into;
  const auto has = from.number();
  if ((has & has_address) != 0) {
    address.key.high = from.fixed();
    address.key.low = from.fixed();
    from.text(address.as_given);
    address_time = from.time();
  } else {
    address.key = {};
    address.as_given.clear();
    address_time = before_all;
  }
  name.clear();
  if ((has & has_name) != 0) from.text(name);
  locale.clear();
  if ((has & has_locale) != 0) from.recurring(locale);
  if ((has & has_orders) != 0)
    orders.unpack(from);
  else
    orders.clear();
  carts.clear();
  if ((has & has_carts) != 0)
    for (auto n = from.number(); n > 0; --n) carts.push_back(unpack_cart(from));
  if ((has & has_event_ids) != 0)
    event_ids.unpack(from);
  else
    event_ids.clear();
  country = {};
  if ((has & has_country) != 0)
    for (char& letter : country.letters) letter = static_cast<char>(from.byte());
  time_zone = {};
  if ((has & has_time_zone) != 0) {
    const auto number = from.number();
    if (number == 0 || number > time_zone_code::count()) throw broken_bytes{"a time zone that there is not"};
    time_zone.number = static_cast<uint16_t>(number);
  }
  consents.clear();
  if ((has & has_consents) == 0) return;
  for (auto n = from.number(); n > 0; --n) {
    auto& c = consents.emplace_back();
    const auto how = from.number();
    c.confirmed = (how & confirmed) != 0;
    c.status = (how & withdrawn) != 0 ? consent_status::withdrawn : consent_status::granted;
    c.channel = from.one_of(how >> channel_from, channel::onsite);
    from.recurring(c.shop);
    c.time = from.time();
  }
}

}  // namespace cartwheel
