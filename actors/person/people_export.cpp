#include "actors/person/people.hpp"

namespace cartwheel {

std::optional<held_person> people::describe(const std::string& id) {
  const auto* known = people_.read(id);
  if (known == nullptr) return std::nullopt;
  const person& p = *known;
  held_person held{kind_,
                   id,
                   p.address,
                   p.address_time,
                   p.name,
                   p.locale,
                   std::string{p.country.text()},
                   std::string{p.time_zone.name()},
                   {},
                   {},
                   p.carts};
  p.orders.each([&](const std::string& shop, instant time) { held.orders.push_back({shop, time}); });
  for (const auto& w : p.consents) {
    auto& c = held.consents.emplace_back(held_consent{w.shop, w.channel});
    (w.status == consent_status::granted ? c.granted : c.withdrawn) = w.time;
    if (w.confirmed) c.confirmed = w.time;
  }
  return held;
}

}  // namespace cartwheel
