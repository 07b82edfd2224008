// The strict table of docs/SEMANTICS.md: the first rule that holds names the outcome.
#include "actors/campaign/policy.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace cartwheel {
namespace {

using enum decision_outcome;

/// Everything that a reminder to somebody who opted in needs.
decision_facts good() {
  decision_facts f;
  f.not_after = 24h;
  f.has_address = true;
  f.consent = consent_status::granted;
  return f;
}

struct row {
  const char* name;
  std::function<void(decision_facts&)> change;
  decision expected;
};

TEST(policy, each_rule_names_its_reason) {
  const row rows[] = {
    {"opted in", [](auto&) {}, {sent, reason::opt_in}},
    {"a customer who opted in", [](auto& f) { f.existing_customer = true; }, {sent, reason::opt_in}},
    {"a customer",
     [](auto& f) {
       f.consent.reset();
       f.existing_customer = true;
     },
     {sent, reason::existing_customer}},
    {"ordered elsewhere", [](auto& f) { f.ordered_elsewhere = true; }, {ended, reason::ordered_other_cart}},
    {"just not expired", [](auto& f) { f.overdue = 24h; }, {sent, reason::opt_in}},
    {"expired", [](auto& f) { f.overdue = 24h + 1ms; }, {refused, reason::expired_ttl}},
    {"no address", [](auto& f) { f.has_address = false; }, {refused, reason::no_address}},
    {"withdrawn", [](auto& f) { f.consent = consent_status::withdrawn; }, {refused, reason::consent_withdrawn}},
    {"a customer who withdrew",
     [](auto& f) {
       f.consent = consent_status::withdrawn;
       f.existing_customer = true;
     },
     {refused, reason::consent_withdrawn}},
    {"nobody asked", [](auto& f) { f.consent.reset(); }, {refused, reason::no_consent}},
    {"bounced", [](auto& f) { f.suppressed = reason::suppressed_bounce; }, {refused, reason::suppressed_bounce}},
    {"a customer who complained",
     [](auto& f) {
       f.consent.reset();
       f.existing_customer = true;
       f.suppressed = reason::suppressed_complaint;
     },
     {refused, reason::suppressed_complaint}},
    {"two reminders so far", [](auto& f) { f.reminders_sent = 2; }, {sent, reason::opt_in}},
    {"three reminders so far", [](auto& f) { f.reminders_sent = 3; }, {refused, reason::cap_cart}},
    {"reminded a moment less than a day ago",
     [](auto& f) { f.since_last_reminder = 24h - 1ms; },
     {refused, reason::cap_24h}},
    {"reminded in this very tick", [](auto& f) { f.since_last_reminder = 0ms; }, {refused, reason::cap_24h}},
    {"reminded exactly a day ago", [](auto& f) { f.since_last_reminder = 24h; }, {sent, reason::opt_in}},
    {"wants peace", [](auto& f) { f.shopper_wants_peace = true; }, {refused, reason::cap_window}},
  };
  for (const auto& r : rows) {
    auto facts = good();
    r.change(facts);
    auto d = decide(facts);
    EXPECT_EQ(d, r.expected) << r.name << ": " << to_string(d.outcome) << ' ' << to_string(d.reason);
  }
}

TEST(policy, the_first_rule_that_holds_names_it) {
  decision_facts f;  // everything speaks against it
  f.ordered_elsewhere = true;
  f.overdue = 25h;
  f.not_after = 24h;
  f.consent = consent_status::withdrawn;
  f.suppressed = reason::suppressed_bounce;
  f.reminders_sent = 3;
  f.since_last_reminder = 1h;
  f.shopper_wants_peace = true;
  const std::pair<decision, std::function<void(decision_facts&)>> ladder[] = {
    {{ended, reason::ordered_other_cart}, [](auto& x) { x.ordered_elsewhere = false; }},
    {{refused, reason::expired_ttl}, [](auto& x) { x.overdue = 0ms; }},
    {{refused, reason::no_address}, [](auto& x) { x.has_address = true; }},
    {{refused, reason::consent_withdrawn}, [](auto& x) { x.consent.reset(); }},
    {{refused, reason::suppressed_bounce}, [](auto& x) { x.suppressed.reset(); }},
    {{refused, reason::no_consent}, [](auto& x) { x.existing_customer = true; }},
    {{refused, reason::cap_cart}, [](auto& x) { x.reminders_sent = 0; }},
    {{refused, reason::cap_24h}, [](auto& x) { x.since_last_reminder.reset(); }},
    {{refused, reason::cap_window}, [](auto& x) { x.shopper_wants_peace = false; }},
    {{sent, reason::existing_customer}, [](auto&) {}},
  };
  for (const auto& [expected, lift] : ladder) {
    auto d = decide(f);
    EXPECT_EQ(d, expected) << to_string(d.outcome) << ' ' << to_string(d.reason);
    lift(f);
  }
}

}  // namespace
}  // namespace cartwheel
