#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/reason.hpp"

#include <optional>

namespace cartwheel {

/// All that a decision about one step rests on, gathered from cart, customer and consent actors.
struct decision_facts {
  bool ordered_elsewhere = false;         // rule 10
  milliseconds overdue{};                 // how long after its due time the step came up
  milliseconds not_after{};               // of the step
  bool has_address = false;               // rule 15
  std::optional<consent_status> consent;  // the latest of (address, legal entity, channel), rule 16
  std::optional<reason> suppressed;       // the address gets no mail: suppressed_bounce or suppressed_complaint
  bool existing_customer = false;         // rule 13
  bool shopper_wants_peace = false;       // a pause of theirs, or fewer reminders than this would make
  unsigned reminders_sent = 0;            // of this cart since it opened
  unsigned reminders_max = 3;
  std::optional<milliseconds> since_last_reminder;  // to this address, any shop
  milliseconds cap = 24h;
};

struct decision {
  decision_outcome outcome = decision_outcome::refused;
  cartwheel::reason reason = cartwheel::reason::no_address;
  friend bool operator==(const decision&, const decision&) = default;
};

/// The strict table: facts in, permit or reason out; the first rule that holds names the outcome. No clock, no I/O.
/// Source: docs/SEMANTICS.md, A decision.
decision decide(const decision_facts& facts);

}  // namespace cartwheel
