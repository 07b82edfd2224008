#include "actors/campaign/explanation.hpp"

#include "actors/campaign/policy.hpp"
#include "tests/actors/campaign/any_facts.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cartwheel {
namespace {

TEST(explanation, agrees_with_the_decision_about_any_facts) {
  tests::any_facts any{7};
  std::set<std::string_view> seen;
  std::vector<reason> asked;  // a reason of two outcomes once
  for (const auto& rule : policy_rules())
    if (asked.empty() || asked.back() != rule.reason) asked.push_back(rule.reason);
  ASSERT_EQ(asked.size(), policy_rules().size() - 1) << "quiet_hours alone";
  for (int i = 0; i < 200'000; ++i) {
    const auto facts = i % 2 == 0 ? any() : any.nearly_sent();
    const auto decided = decide(facts);
    const auto checks = explain(facts);
    ASSERT_FALSE(checks.empty());
    // Whether there is a cart is asked of somebody who looks around, and of nobody who has one.
    auto of_these = asked;
    if (facts.campaign != campaign_kind::browse && decided.reason != reason::cart_open)
      std::erase(of_these, reason::cart_open);
    for (size_t k = 0; k < checks.size(); ++k) {
      ASSERT_EQ(checks[k].rule, to_string(of_these.at(k)));
      ASSERT_EQ(checks[k].held, k + 1 == checks.size());
      ASSERT_FALSE(checks[k].input.empty()) << checks[k].rule;
      // Only who was refused, or whose cart ended, could have been sent one instead.
      const bool wants_words = checks[k].held && decided.outcome != decision_outcome::sent;
      ASSERT_EQ(checks[k].instead.empty(), !wants_words) << checks[k].rule;
    }
    ASSERT_EQ(checks.back().rule, to_string(decided.reason));
    seen.insert(checks.back().rule);
  }
  for (const auto& rule : policy_rules())
    EXPECT_TRUE(seen.contains(to_string(rule.reason))) << to_string(rule.reason) << " never held";
}

TEST(explanation, says_when_it_would_have_been_sent) {
  decision_facts facts;
  facts.not_after = 24h;
  facts.has_address = true;
  facts.consent = consent_status::granted;
  facts.since_last_reminder = 3h + 12min;
  const auto checks = explain(facts);
  EXPECT_EQ(checks.back().rule, "cap_24h");
  EXPECT_EQ(checks.back().instead,
            "a reminder to this address was sent 3 h 12 min before; 20 h 48 min later it would have been sent");
  EXPECT_EQ(checks.front().rule, "ordered_other_cart");
  EXPECT_EQ(checks.front().input, "no order of this shopper in this shop since the last addition");
}

TEST(explanation, says_what_the_law_makes_of_what_is_known) {
  decision_facts facts;
  facts.not_after = 24h;
  facts.has_address = true;
  facts.country = country_code::of("GB");
  facts.checkout_allowed = facts.refusal_needed = true;
  facts.since_checkout = 26h;
  auto checks = explain(facts);
  EXPECT_EQ(checks.back().rule, "country_policy");
  EXPECT_EQ(
    checks.back().input,
    "no opt-in or withdrawal is known for this address, seller and channel; no paid sale of this seller obtained "
    "the address; it was typed in a checkout 1 d 2 h before, which the law of GB lets count only where it can be "
    "refused there");
  EXPECT_EQ(checks.back().instead,
            "with a way to refuse reminders in the shop's checkout (refusal_offered) it would have been sent");
  facts.refusal_offered = true;
  checks = explain(facts);
  EXPECT_EQ(checks.back().rule, "checkout_address");
  EXPECT_EQ(checks.back().instead, "");
  facts.postal_needed = true;
  EXPECT_EQ(explain(facts).back().instead, "the shop's postal_address would have been needed");
}

TEST(explanation, says_until_when_it_is_quiet) {
  decision_facts facts;
  facts.not_after = 24h;
  facts.has_address = true;
  facts.consent = consent_status::granted;
  auto of_hours = [&] {
    auto checks = explain(facts);
    std::erase_if(checks, [](const rule_check& c) { return c.rule != "quiet_hours"; });
    EXPECT_EQ(checks.size(), 1u);
    return checks.at(0);
  };
  EXPECT_EQ(of_hours().input, "reminders may leave at any time of day");
  facts.has_hours = true;
  EXPECT_EQ(of_hours().input, "reminders may leave at this time of day in UTC");
  facts.zone = time_zone_code::of("Europe/Amsterdam");
  facts.quiet_for = 9h + 5min;
  facts.opens_at = 8 * 60;
  EXPECT_EQ(of_hours().input, "quiet until 08:00 Europe/Amsterdam");
  EXPECT_EQ(of_hours().instead, "it comes up again 9 h 5 min later");
  EXPECT_TRUE(explain(facts).back().held);
  facts.overdue = 20h;
  EXPECT_EQ(of_hours().instead, "9 h 5 min later it could have left, 5 h 5 min after it would have been dropped");
}

TEST(explanation, durations_are_words) {
  const std::pair<milliseconds, const char*> table[] = {
    {0ms, "0 ms"},
    {999ms, "999 ms"},
    {1s, "1 s"},
    {1500ms, "1.5 s"},
    {60s, "1 min"},
    {61s, "1 min 1 s"},
    {24h, "1 d"},
    {25h + 30min, "1 d 1 h"},
    {std::chrono::days{365}, "365 d"},
    {-(3h + 12min), "-3 h 12 min"},
  };
  for (const auto& [d, words] : table) EXPECT_EQ(in_words(d), words);
}

}  // namespace
}  // namespace cartwheel
