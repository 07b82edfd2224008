#pragma once

#include "actors/campaign/country_law.hpp"
#include "actors/campaign/decision_facts.hpp"

#include <optional>

namespace cartwheel {

/// What permits this reminder, as the reason of its being sent: opt_in before existing_customer, checkout_address,
/// account_address and not_objected. Nothing: nobody may send it. A withdrawal is a rule of its own, and comes first.
/// Source: docs/decisions/0014-who-may-be-written-to.md.
std::optional<reason> permission_basis(const decision_facts& facts);

/// Whether something is there that would permit it, but for a condition of the country's table: an opt-in that nobody
/// confirmed, a sale too long ago, a checkout without a way to refuse, a mail without postal address.
bool refused_by_country(const decision_facts& facts);

/// Puts a country's law among the facts.
void apply(const country_law& law, country_code country, decision_facts& facts);

}  // namespace cartwheel
