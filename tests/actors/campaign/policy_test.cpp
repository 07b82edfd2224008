// The strict table of docs/SEMANTICS.md: the first rule that holds names the outcome.
#include "actors/campaign/policy.hpp"

#include "actors/campaign/mail_permission.hpp"
#include "tests/actors/campaign/any_facts.hpp"

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
    {"quiet",
     [](auto& f) {
       f.overdue = 14h;
       f.quiet_for = 10h;
     },
     {deferred, reason::quiet_hours}},
    {"quiet for too long",
     [](auto& f) {
       f.overdue = 14h + 1ms;
       f.quiet_for = 10h;
     },
     {refused, reason::quiet_hours}},
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
    {"a more important one in this very tick",
     [](auto& f) {
       f.since_last_reminder = 0ms;
       f.outranked = true;
     },
     {refused, reason::lower_priority}},
    {"a more important one, and no cap",
     [](auto& f) {
       f.since_last_reminder = f.cap = 0ms;
       f.outranked = true;
     },
     {sent, reason::opt_in}},
    {"a cart is open", [](auto& f) { f.cart_open = true; }, {refused, reason::cart_open}},
    {"campaign off", [](auto& f) { f.campaign_on = false; }, {refused, reason::campaign_off}},
    {"abandoned before it began", [](auto& f) { f.before_campaign = 1ms; }, {refused, reason::campaign_off}},
    {"a bot where nobody minds", [](auto& f) { f.bot = f.internal = true; }, {sent, reason::opt_in}},
    {"a bot", [](auto& f) { f.bot = f.internal = f.refuse_bots = true; }, {refused, reason::bot}},
    {"our own", [](auto& f) { f.internal = f.refuse_bots = true; }, {refused, reason::internal}},
    {"a person where bots are refused", [](auto& f) { f.refuse_bots = true; }, {sent, reason::opt_in}},
    {"a role where nobody minds", [](auto& f) { f.role_address = true; }, {sent, reason::opt_in}},
    {"a role", [](auto& f) { f.role_address = f.refuse_roles = true; }, {refused, reason::role_address}},
    {"somebody else's where nobody minds", [](auto& f) { f.somebody_elses = true; }, {sent, reason::opt_in}},
    {"somebody else's",
     [](auto& f) { f.somebody_elses = f.refuse_unverified = true; },
     {refused, reason::address_unverified}},
    {"worth nothing where nobody minds", [](auto& f) { f.value = 0; }, {sent, reason::opt_in}},
    {"worth nothing",
     [](auto& f) {
       f.value = 0;
       f.refuse_zero = true;
     },
     {refused, reason::zero_value}},
    {"worth nobody knows what",
     [](auto& f) {
       f.refuse_zero = true;
       f.value_min = 1;
     },
     {sent, reason::opt_in}},
    {"worth a cent too little",
     [](auto& f) {
       f.value = 999;
       f.value_min = 1'000;
     },
     {refused, reason::below_min_value}},
    {"worth enough", [](auto& f) { f.value = f.value_min = 1'000; }, {sent, reason::opt_in}},
    {"the window is full", [](auto& f) { f.window_sent = f.window_max = 3; }, {refused, reason::cap_window}},
    {"the window has room",
     [](auto& f) {
       f.window_sent = 2;
       f.window_max = 3;
     },
     {sent, reason::opt_in}},
    {"no window", [](auto& f) { f.window_sent = 99; }, {sent, reason::opt_in}},
    {"ordered just now",
     [](auto& f) {
       f.since_order = 24h - 1ms;
       f.cooldown = 24h;
     },
     {refused, reason::cooldown_after_purchase}},
    {"ordered long ago", [](auto& f) { f.since_order = f.cooldown = 24h; }, {sent, reason::opt_in}},
    {"ordered just now where nobody minds", [](auto& f) { f.since_order = 0ms; }, {sent, reason::opt_in}},
    {"held out", [](auto& f) { f.held_out = true; }, {refused, reason::holdout}},
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
  f.cart_open = true;
  f.campaign_on = false;
  f.refuse_bots = f.bot = f.internal = true;
  f.refuse_roles = f.role_address = true;
  f.unasked_allowed = f.postal_needed = true;
  f.refuse_unverified = f.somebody_elses = true;
  f.refuse_zero = true;
  f.value = 0;
  f.value_min = 100;
  f.window_sent = f.window_max = 2;
  f.since_order = 0ms;
  f.cooldown = 1h;
  f.held_out = true;
  f.shopper_wants_peace = true;
  f.quiet_for = 25h;
  f.outranked = true;
  const std::pair<decision, std::function<void(decision_facts&)>> ladder[] = {
    {{ended, reason::ordered_other_cart}, [](auto& x) { x.ordered_elsewhere = false; }},
    {{refused, reason::cart_open}, [](auto& x) { x.cart_open = false; }},
    {{refused, reason::campaign_off}, [](auto& x) { x.campaign_on = true; }},
    {{refused, reason::expired_ttl}, [](auto& x) { x.overdue = 0ms; }},
    {{refused, reason::bot}, [](auto& x) { x.bot = false; }},
    {{refused, reason::internal}, [](auto& x) { x.internal = false; }},
    {{refused, reason::no_address}, [](auto& x) { x.has_address = true; }},
    {{refused, reason::role_address}, [](auto& x) { x.role_address = false; }},
    {{refused, reason::consent_withdrawn}, [](auto& x) { x.consent.reset(); }},
    {{refused, reason::suppressed_bounce}, [](auto& x) { x.suppressed = reason::suppressed_complaint; }},
    {{refused, reason::suppressed_complaint}, [](auto& x) { x.suppressed.reset(); }},
    {{refused, reason::country_policy}, [](auto& x) { x.unasked_allowed = x.postal_needed = false; }},
    {{refused, reason::no_consent}, [](auto& x) { x.existing_customer = true; }},
    {{refused, reason::address_unverified}, [](auto& x) { x.somebody_elses = false; }},
    {{refused, reason::zero_value}, [](auto& x) { x.value = 99; }},
    {{refused, reason::below_min_value}, [](auto& x) { x.value = 100; }},
    {{refused, reason::cap_cart}, [](auto& x) { x.reminders_sent = 0; }},
    {{refused, reason::lower_priority}, [](auto& x) { x.outranked = false; }},
    {{refused, reason::cap_24h}, [](auto& x) { x.since_last_reminder.reset(); }},
    {{refused, reason::cap_window}, [](auto& x) { x.window_max = 3; }},
    {{refused, reason::cap_window}, [](auto& x) { x.shopper_wants_peace = false; }},
    {{refused, reason::cooldown_after_purchase}, [](auto& x) { x.since_order = 1h; }},
    {{refused, reason::holdout}, [](auto& x) { x.held_out = false; }},
    {{refused, reason::quiet_hours}, [](auto& x) { x.quiet_for = 24h; }},
    {{deferred, reason::quiet_hours}, [](auto& x) { x.quiet_for = 0ms; }},
    {{sent, reason::existing_customer}, [](auto&) {}},
  };
  for (const auto& [expected, lift] : ladder) {
    auto d = decide(f);
    EXPECT_EQ(d, expected) << to_string(d.outcome) << ' ' << to_string(d.reason);
    lift(f);
  }
}

TEST(policy, nothing_is_sent_without_something_that_permits_it) {
  tests::any_facts any{11};
  unsigned sent_by_us = 0;
  for (int i = 0; i < 300'000; ++i) {
    const auto f = i % 2 == 0 ? any() : any.nearly_sent();
    const auto d = decide(f);
    const bool opt_in = f.consent == consent_status::granted && (!f.confirmed_needed || f.opt_in_confirmed);
    if (d.outcome != sent) continue;
    ++sent_by_us;
    ASSERT_NE(f.consent, consent_status::withdrawn);
    ASSERT_FALSE(f.suppressed);
    ASSERT_TRUE(f.has_address);
    ASSERT_EQ(d.reason == reason::opt_in, opt_in);
    if (opt_in) continue;
    ASSERT_EQ(f.channel, channel::email) << "elsewhere only an opt-in counts";
    ASSERT_TRUE(!f.postal_needed || f.postal_address);
    switch (d.reason) {
      case reason::existing_customer: ASSERT_TRUE(f.existing_customer && f.sale_allowed); break;
      case reason::checkout_address:
        ASSERT_TRUE(f.checkout_allowed && f.since_checkout && (!f.refusal_needed || f.refusal_offered));
        break;
      case reason::account_address: ASSERT_TRUE(f.account_allowed && f.since_account); break;
      default:
        ASSERT_EQ(d.reason, reason::not_objected);
        ASSERT_TRUE(f.unasked_allowed);
        break;
    }
  }
  EXPECT_GT(sent_by_us, 5'000u);
}

TEST(policy, under_the_strict_table_only_two_things_permit) {
  tests::any_facts any{12};
  unsigned sent_by_us = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto f = any.nearly_sent();
    apply(country_law{}, {}, f);
    const auto d = decide(f);
    ASSERT_NE(d.reason, reason::country_policy);
    if (d.outcome != sent) continue;
    ++sent_by_us;
    ASSERT_TRUE(f.consent == consent_status::granted || f.existing_customer);
  }
  EXPECT_GT(sent_by_us, 300u);
}

}  // namespace
}  // namespace cartwheel
