#pragma once

#include "actors/person/person.hpp"

#include <random>
#include <string>

namespace cartwheel::test {

inline std::string any_text(std::mt19937_64& dice) {
  std::string text(dice() % 3 == 0 ? 0 : dice() % 40, '\0');
  const bool odd = dice() % 5 == 0;
  for (auto& c : text) c = odd ? static_cast<char>(dice()) : "customer-0123456789@.AZ"[dice() % 23];
  return text;
}

inline instant any_time(std::mt19937_64& dice) {
  switch (dice() % 8) {
    case 0: return before_all;
    case 1: return from_unix_ms(static_cast<int64_t>(dice()));
    default: return from_unix_ms(static_cast<int64_t>(1'769'943'600'000 + dice() % 100'000'000'000));
  }
}

inline cart_ref any_cart(std::mt19937_64& dice) {
  if (dice() % 5 == 0) return {};
  return {shard_id{static_cast<uint16_t>(dice() % 3)}, static_cast<uint32_t>(dice() >> (32 + dice() % 32)),
          static_cast<uint32_t>(1 + dice() % 5)};
}

inline std::string any_shop(std::mt19937_64& dice) { return "shop " + std::to_string(dice() % 3'000); }

inline recorded_orders any_orders(std::mt19937_64& dice) {
  recorded_orders orders;
  for (auto n = dice() % 4; n > 0; --n) orders.add(any_shop(dice), dice() % 50, any_time(dice));
  return orders;
}

inline event_id_ring any_event_ids(std::mt19937_64& dice) {
  event_id_ring ids;
  for (auto n = dice() % 4; n > 0; --n) ids.accept(dice());
  return ids;
}

/// Each field is there or not by itself; much is more than a record of its own slot.
inline person any_person(std::mt19937_64& dice) {
  auto maybe = [&] { return dice() % 2 == 0; };
  person p;
  if (maybe()) p.address.key = {dice() | 1, dice()};
  if (maybe()) p.address.as_given = any_text(dice);
  if (maybe()) p.address_time = any_time(dice);
  if (maybe()) p.name = any_text(dice);
  if (maybe()) p.locale = maybe() ? "nl-NL" : any_text(dice);
  if (maybe()) p.orders = any_orders(dice);
  if (maybe())
    for (auto n = dice() % 20 == 0 ? 300 : dice() % 3; n > 0; --n) p.carts.push_back(any_cart(dice));
  if (maybe())
    for (auto n = dice() % 3; n > 0; --n)
      p.consents.push_back({any_shop(dice), channel{static_cast<uint8_t>(dice() % 3)},
                            consent_status{static_cast<uint8_t>(dice() % 2)}, any_time(dice), maybe()});
  if (maybe()) p.event_ids = any_event_ids(dice);
  if (maybe()) p.country = country_code::of(maybe() ? "NL" : "DE");
  if (maybe()) p.time_zone = time_zone_code::of(maybe() ? "Europe/Amsterdam" : "Pacific/Auckland");
  return p;
}

/// Each field of it, in bytes of another form than the packed one.
inline std::string all_of(const person& p) {
  std::string bytes;
  byte_writer to{bytes};
  auto cart = [&](const cart_ref& c) {
    to.number(static_cast<uint16_t>(c.shard));
    to.number(c.slot);
    to.number(c.generation);
  };
  to.fixed(p.address.key.high);
  to.fixed(p.address.key.low);
  to.text(p.address.as_given);
  to.time(p.address_time);
  to.text(p.name);
  to.text(p.locale);
  p.orders.save(to);
  to.number(p.carts.size());
  for (const auto& c : p.carts) cart(c);
  save_waiting(to, p.consents);
  for (const auto& c : p.consents) to.flag(c.status == consent_status::withdrawn);
  p.event_ids.save(to);
  to.text(p.country.text());
  to.number(p.time_zone.number);
  return bytes;
}

}  // namespace cartwheel::test
