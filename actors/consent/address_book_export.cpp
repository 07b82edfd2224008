#include "actors/consent/address_book.hpp"

namespace cartwheel {

std::optional<held_address> address_book::describe(const address_key& key) {
  const auto* known = addresses_.read(key);
  const auto* suppressed = suppressions_.find(key);
  if (known == nullptr && suppressed == nullptr) return std::nullopt;
  held_address held;
  held.key = key;
  if (suppressed != nullptr) held.suppressed = *suppressed;
  if (const auto* wish = preferences_.find(key)) held.wishes = *wish;
  if (known == nullptr) return held;
  const address& a = *known;
  for (const auto& c : a.consents)
    held.consents.push_back({entities_.name(c.entity), c.channel, c.granted, c.withdrawn, c.confirmed});
  a.grounds.each_customer([&](uint16_t entity, unsigned orders) {
    held.bases.push_back({entities_.name(entity), orders});
  });
  a.grounds.each_source([&](uint16_t entity, address_source how, instant time) {
    held.sources.push_back({entities_.name(entity), how, time});
  });
  a.orders.each([&](const std::string& shop, instant time) { held.orders.push_back({shop, time}); });
  for (const auto& c : a.claims) held.reminders.push_back({c.tick, c.step, c.on_its_way});
  held.known_to = a.subjects;
  return held;
}

}  // namespace cartwheel
