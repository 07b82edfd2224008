#include "actors/campaign/policy.hpp"

#include "actors/campaign/mail_permission.hpp"

#include <array>

namespace cartwheel {

std::string_view to_string(decision_outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"sent", "refused", "ended", "deferred"};
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
                                                             "role_address",
                                                             "checkout_address",
                                                             "account_address",
                                                             "not_objected",
                                                             "cart_open"};
  return names[static_cast<size_t>(r)];
}

namespace {

using enum decision_outcome;
using facts = decision_facts;

bool may_be_sent_by(const facts& f, reason basis) { return permission_basis(f) == basis; }

constexpr std::array policy{
  policy_rule{ended, reason::ordered_other_cart, [](const facts& f) { return f.ordered_elsewhere; }},
  policy_rule{refused, reason::cart_open, [](const facts& f) { return f.cart_open; }},
  policy_rule{refused, reason::campaign_off, [](const facts& f) { return !f.campaign_on || f.before_campaign; }},
  policy_rule{refused, reason::expired_ttl, [](const facts& f) { return f.overdue > f.not_after; }},
  policy_rule{refused, reason::bot, [](const facts& f) { return f.refuse_bots && f.bot; }},
  policy_rule{refused, reason::internal, [](const facts& f) { return f.refuse_bots && f.internal; }},
  policy_rule{refused, reason::no_address, [](const facts& f) { return !f.has_address; }},
  policy_rule{refused, reason::role_address, [](const facts& f) { return f.refuse_roles && f.role_address; }},
  policy_rule{refused, reason::consent_withdrawn,
              [](const facts& f) { return f.consent == consent_status::withdrawn; }},
  policy_rule{refused, reason::suppressed_bounce,
              [](const facts& f) { return f.suppressed && *f.suppressed != reason::suppressed_complaint; }},
  policy_rule{refused, reason::suppressed_complaint, [](const facts& f) { return f.suppressed.has_value(); }},
  policy_rule{refused, reason::country_policy, refused_by_country},
  policy_rule{refused, reason::no_consent, [](const facts& f) { return !permission_basis(f); }},
  policy_rule{refused, reason::address_unverified,
              [](const facts& f) { return f.refuse_unverified && f.somebody_elses; }},
  policy_rule{refused, reason::zero_value, [](const facts& f) { return f.refuse_zero && f.value == 0; }},
  policy_rule{refused, reason::below_min_value, [](const facts& f) { return f.value >= 0 && f.value < f.value_min; }},
  policy_rule{refused, reason::cap_cart, [](const facts& f) { return f.reminders_sent >= f.reminders_max; }},
  policy_rule{refused, reason::lower_priority,
              [](const facts& f) { return f.outranked && f.since_last_reminder && *f.since_last_reminder < f.cap; }},
  policy_rule{refused, reason::cap_24h,
              [](const facts& f) { return f.since_last_reminder && *f.since_last_reminder < f.cap; }},
  policy_rule{
    refused, reason::cap_window,
    [](const facts& f) { return f.shopper_wants_peace || (f.window_max > 0 && f.window_sent >= f.window_max); }},
  policy_rule{refused, reason::cooldown_after_purchase,
              [](const facts& f) { return f.since_order && *f.since_order < f.cooldown; }},
  policy_rule{refused, reason::holdout, [](const facts& f) { return f.held_out; }},
  policy_rule{deferred, reason::quiet_hours,
              [](const facts& f) { return f.quiet_for > 0ms && f.overdue + f.quiet_for <= f.not_after; }},
  policy_rule{refused, reason::quiet_hours, [](const facts& f) { return f.quiet_for > 0ms; }},
  policy_rule{sent, reason::opt_in, [](const facts& f) { return may_be_sent_by(f, reason::opt_in); }},
  policy_rule{sent, reason::existing_customer,
              [](const facts& f) { return may_be_sent_by(f, reason::existing_customer); }},
  policy_rule{sent, reason::checkout_address,
              [](const facts& f) { return may_be_sent_by(f, reason::checkout_address); }},
  policy_rule{sent, reason::account_address, [](const facts& f) { return may_be_sent_by(f, reason::account_address); }},
  policy_rule{sent, reason::not_objected, [](const facts&) { return true; }},
};

}  // namespace

std::span<const policy_rule> policy_rules() { return policy; }

decision decide(const decision_facts& f) {
  const auto* rule = policy.begin();
  while (!rule->holds(f)) ++rule;  // the last one does
  return {rule->outcome, rule->reason};
}

}  // namespace cartwheel
