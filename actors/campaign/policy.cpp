#include "actors/campaign/policy.hpp"

#include <array>

namespace cartwheel {

std::string_view to_string(decision_outcome outcome) {
  constexpr std::array<std::string_view, 3> names{"sent", "refused", "ended"};
  return names[static_cast<size_t>(outcome)];
}

std::string_view to_string(reason r) {
  constexpr std::array<std::string_view, reason_count> names{"ordered_other_cart",
                                                             "expired_ttl",
                                                             "no_address",
                                                             "consent_withdrawn",
                                                             "no_consent",
                                                             "cap_cart",
                                                             "cap_24h",
                                                             "opt_in",
                                                             "existing_customer",
                                                             "template_error",
                                                             "relay_rejected",
                                                             "recalled_queue",
                                                             "recalled_envelope",
                                                             "recalled_content",
                                                             "in_doubt",
                                                             "time_ahead",
                                                             "erased",
                                                             "superseded",
                                                             "shadow",
                                                             "suppressed_bounce",
                                                             "suppressed_complaint",
                                                             "address_unverified",
                                                             "payment_pending",
                                                             "country_policy",
                                                             "zero_value",
                                                             "below_min_value",
                                                             "out_of_stock",
                                                             "bot",
                                                             "internal",
                                                             "cap_window",
                                                             "cooldown_after_purchase",
                                                             "quiet_hours",
                                                             "merged",
                                                             "lower_priority",
                                                             "holdout",
                                                             "campaign_off",
                                                             "capacity",
                                                             "role_address"};
  return names[static_cast<size_t>(r)];
}

decision decide(const decision_facts& f) {
  auto refused = [](reason r) { return decision{decision_outcome::refused, r}; };
  bool opt_in = f.consent == consent_status::granted;
  if (f.ordered_elsewhere) return {decision_outcome::ended, reason::ordered_other_cart};
  if (f.overdue > f.not_after) return refused(reason::expired_ttl);
  if (!f.has_address) return refused(reason::no_address);
  if (f.consent == consent_status::withdrawn) return refused(reason::consent_withdrawn);
  if (f.suppressed) return refused(*f.suppressed);
  if (!opt_in && !f.existing_customer) return refused(reason::no_consent);
  if (f.reminders_sent >= f.reminders_max) return refused(reason::cap_cart);
  if (f.since_last_reminder && *f.since_last_reminder < f.cap) return refused(reason::cap_24h);
  if (f.shopper_wants_peace) return refused(reason::cap_window);
  return {decision_outcome::sent, opt_in ? reason::opt_in : reason::existing_customer};
}

}  // namespace cartwheel
