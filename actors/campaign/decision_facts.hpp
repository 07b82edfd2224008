#pragma once

#include "actors/campaign/reason.hpp"
#include "actors/event/event.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>

namespace cartwheel {

/// All that a decision about one step rests on, gathered from cart, customer and consent actors. A plain value: kept with
/// the decision it decides the same again, whatever has happened since.
struct decision_facts {
  bool ordered_elsewhere = false;         // rule 10
  milliseconds overdue{};                 // how long after its due time the step came up
  milliseconds not_after{};               // of the step
  bool has_address = false;               // rule 15
  std::optional<consent_status> consent;  // the latest of (address, legal entity, channel), rule 16
  std::optional<reason> suppressed;       // the address gets no mail: suppressed_bounce or suppressed_complaint
  bool existing_customer = false;         // rule 13
  uint32_t reminders_sent = 0;            // of this cart since it opened
  uint32_t reminders_max = 3;
  std::optional<milliseconds> since_last_reminder;  // to this address, any shop
  milliseconds cap = 24h;

  friend bool operator==(const decision_facts&, const decision_facts&) = default;
};
static_assert(std::is_trivially_copyable_v<decision_facts>);

/// Visits each fact with the tag that records know it by: `visit(tag, fact)`. A tag is never given to another fact.
template <class Facts, class Visit>
constexpr void each_fact(Facts& f, Visit&& visit) {
  visit(1, f.ordered_elsewhere);
  visit(2, f.overdue);
  visit(3, f.not_after);
  visit(4, f.has_address);
  visit(5, f.consent);
  visit(6, f.suppressed);
  visit(7, f.existing_customer);
  visit(8, f.reminders_sent);
  visit(9, f.reminders_max);
  visit(10, f.since_last_reminder);
  visit(11, f.cap);
}

}  // namespace cartwheel
