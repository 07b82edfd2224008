// Events and a configuration in, decisions out: each policy of docs/decisions/0014 through the whole engine.
#include "app/config/load.hpp"
#include "app/replay/replay_run.hpp"
#include "tests/scratch_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

class policy_replay_test : public ::testing::Test {
 protected:
  /// One event; `at` in minutes.
  void tell(double at, const std::string& rest) {
    lines += fmt::format(R"({{"time":{},{}}})", 1'700'000'000'000 + static_cast<int64_t>(at * 60'000), rest) + "\n";
  }
  void add(double at, const std::string& cart, const std::string& who, const std::string& more = "") {
    tell(at, fmt::format(R"("event":"add_to_cart","cart_id":"{}",{},"items":[{{"item_id":"i","price":5}}]{})", cart,
                         who, more));
  }
  void knows(const std::string& who, const std::string& email, const std::string& more = "") {
    tell(0, fmt::format(R"("event":"identify",{},"email":"{}"{})", who, email, more));
  }
  void opts_in(const std::string& email, const std::string& more = "") {
    tell(0, fmt::format(R"("event":"consent","email":"{}","channel":"email","status":"granted"{})", email, more));
  }
  /// What became of the first step of each cart.
  std::map<std::string, std::string> decided(const std::string& toml) {
    const auto file = (folder / "events.ndjson").string();
    std::ofstream{file} << lines << R"({"event":"view_item","visitor_id":"end","time":1700014400000})"
                        << "\n";
    auto config = parse_settings(toml + "\n[node]\nshards = 2\n", "c.toml", {});
    for (const auto& p : config.problems) ADD_FAILURE() << to_string(p);
    std::map<std::string, std::string> first;
    summary = run_replay({file}, config.value.value(), false, [&](const std::vector<decision_line>& all) {
      for (const auto& l : all)
        EXPECT_TRUE(first.emplace(l.cart_id, fmt::format("{} {}", to_string(l.outcome), to_string(l.reason))).second);
    });
    EXPECT_THAT(summary.refusals, ElementsAre());
    return first;
  }

  test::scratch_folder folder;
  std::string lines;
  replay_summary summary;
};

constexpr auto by_country = "[policy]\ntable = \"by-country\"\n";

TEST_F(policy_replay_test, germany_wants_an_opt_in_confirmed) {
  for (const auto* who : {"u", "w"}) {
    const auto email = fmt::format("{}@example.com", who);
    const auto id = fmt::format(R"("customer_id":"{}")", who);
    knows(id, email, R"(,"country":"DE")");
    opts_in(email, *who == 'w' ? R"(,"source":"double_opt_in")" : R"(,"source":"footer")");
    add(1, who, id);
  }
  EXPECT_THAT(decided(by_country), UnorderedElementsAre(Pair("u", "refused country_policy"), Pair("w", "sent opt_in")));
  EXPECT_THAT(decided(""), UnorderedElementsAre(Pair("u", "sent opt_in"), Pair("w", "sent opt_in")));
}

TEST_F(policy_replay_test, a_person_has_its_country_from_identify_and_purchase_alone) {
  knows(R"("customer_id":"u")", "u@example.com");
  opts_in("u@example.com");
  // Whatever else these events say to persons: their country is their cart's.
  add(1, "abroad", R"("customer_id":"u")", R"(,"email":"u@example.com","country":"DE")");
  tell(1, R"("event":"view_item","customer_id":"u","country":"DE")");
  add(2, "at_home", R"("customer_id":"u")");
  EXPECT_THAT(decided(by_country),
              UnorderedElementsAre(Pair("abroad", "refused country_policy"), Pair("at_home", "sent opt_in")));
}

TEST_F(policy_replay_test, what_a_cart_was_said_to_be_worth_ends_with_a_merge) {
  knows(R"("customer_id":"u")", "u@example.com");
  opts_in("u@example.com");
  add(1, "into", R"("customer_id":"u")", R"(,"value":0)");
  add(1, "from", R"("visitor_id":"v")");
  tell(2, R"("event":"cart_merged","cart_id":"from","into":"into")");
  EXPECT_THAT(decided("[campaign.cart]\nzero_value = \"refuse\"\n"), UnorderedElementsAre(Pair("into", "sent opt_in")));
}

TEST_F(policy_replay_test, britain_takes_a_checkout_that_could_be_refused) {
  knows(R"("visitor_id":"v")", "v@example.com", R"(,"address_source":"checkout","country":"GB")");
  add(1, "c", R"("visitor_id":"v")");
  EXPECT_THAT(decided(by_country), ElementsAre(Pair("c", "refused country_policy")));
  EXPECT_THAT(decided(std::string{by_country} + "[shop.default]\nrefusal_offered = true\n"),
              ElementsAre(Pair("c", "sent checkout_address")));
  EXPECT_THAT(decided("[shop.default]\nrefusal_offered = true\n"), ElementsAre(Pair("c", "refused no_consent")));
}

TEST_F(policy_replay_test, america_takes_whom_nobody_asked_with_a_postal_address_until_they_object) {
  for (const auto* cart : {"c", "d"})
    tell(1, fmt::format(R"("event":"add_to_cart","cart_id":"{0}","email":"{0}@example.com","country":"US",)"
                        R"("items":[{{"item_id":"i"}}])",
                        cart));
  tell(2, R"("event":"consent","email":"d@example.com","channel":"email","status":"withdrawn")");
  EXPECT_THAT(decided(by_country),
              UnorderedElementsAre(Pair("c", "refused country_policy"), Pair("d", "refused consent_withdrawn")));
  EXPECT_THAT(decided(std::string{by_country} + "[shop.default]\npostal_address = \"1 Main St, Springfield\"\n"),
              UnorderedElementsAre(Pair("c", "sent not_objected"), Pair("d", "refused consent_withdrawn")));
}

TEST_F(policy_replay_test, the_shops_country_stands_in_for_the_shoppers) {
  knows(R"("customer_id":"u")", "u@example.com");
  opts_in("u@example.com");
  add(1, "c", R"("customer_id":"u")");
  EXPECT_THAT(decided(std::string{by_country} + "[shop.default]\ncountry = \"DE\"\n"),
              ElementsAre(Pair("c", "refused country_policy")));
  EXPECT_THAT(decided(by_country), ElementsAre(Pair("c", "sent opt_in")));
}

TEST_F(policy_replay_test, a_guest_who_types_a_customers_address_is_not_that_customer) {
  knows(R"("customer_id":"u")", "u@example.com");
  opts_in("u@example.com");
  knows(R"("visitor_id":"v")", "U@example.com");
  knows(R"("visitor_id":"g")", "g@example.com");
  opts_in("g@example.com");
  add(1, "typed", R"("visitor_id":"v")");
  add(2, "own", R"("customer_id":"u")");
  add(3, "guest", R"("visitor_id":"g")");
  // Logged in later, the visitor's cart is the customer's.
  knows(R"("visitor_id":"x")", "u@example.com");
  add(4, "login", R"("visitor_id":"x")");
  tell(5, R"("event":"identify","visitor_id":"x","customer_id":"u")");
  EXPECT_THAT(decided("[policy]\nunverified = \"refuse\"\n"),
              UnorderedElementsAre(Pair("typed", "refused address_unverified"), Pair("own", "sent opt_in"),
                                   Pair("guest", "sent opt_in"), Pair("login", "refused cap_24h")));
  EXPECT_THAT(decided(""), UnorderedElementsAre(Pair("typed", "sent opt_in"), Pair("own", "refused cap_24h"),
                                                Pair("guest", "sent opt_in"), Pair("login", "refused cap_24h")));
}

TEST_F(policy_replay_test, bots_and_our_own_are_kept_out_of_reminders_and_figures) {
  for (const auto* who : {"bot", "own", "fast", "shopper"}) {
    knows(fmt::format(R"("customer_id":"{}")", who), fmt::format("{}@example.com", who));
    opts_in(fmt::format("{}@example.com", who));
  }
  add(1, "bot", R"("customer_id":"bot")", R"(,"bot":true)");
  add(1, "own", R"("customer_id":"own")", R"(,"internal":true)");
  for (int i = 0; i < 31; ++i) add(1, "fast", R"("customer_id":"fast")");
  add(1, "shopper", R"("customer_id":"shopper")");
  const std::string strict = "[policy]\nadditions_per_minute_max = 30\n";
  EXPECT_THAT(decided(strict + "bots = \"refuse\"\n"),
              UnorderedElementsAre(Pair("bot", "refused bot"), Pair("own", "refused internal"),
                                   Pair("fast", "refused bot"), Pair("shopper", "sent opt_in")));
  EXPECT_EQ(summary.abandoned, 1u);
  decided(strict);
  EXPECT_EQ((summary.decisions[{decision_outcome::sent, reason::opt_in}]), 4u);
  EXPECT_EQ(summary.abandoned, 4u);
}

TEST_F(policy_replay_test, a_campaign_says_what_is_worth_a_reminder) {
  for (const auto* who : {"a", "b", "info"}) {
    knows(fmt::format(R"("customer_id":"{}")", who), fmt::format("{}@example.com", who));
    opts_in(fmt::format("{}@example.com", who));
  }
  add(1, "a", R"("customer_id":"a")", R"(,"currency":"EUR")");
  tell(1,
       R"("event":"add_to_cart","cart_id":"b","customer_id":"b","currency":"EUR","items":[{"item_id":"i","price":0}])");
  add(1, "info", R"("customer_id":"info")", R"(,"currency":"USD")");
  const std::string cart = "[campaign.cart]\n";
  EXPECT_THAT(decided(cart + "min_value = [\"5.01 EUR\"]\n[policy]\nrole_addresses = \"refuse\"\n"),
              UnorderedElementsAre(Pair("a", "refused below_min_value"), Pair("b", "refused below_min_value"),
                                   Pair("info", "refused role_address")));
  EXPECT_THAT(
    decided(cart + "min_value = [\"5 EUR\"]\nzero_value = \"refuse\"\n"),
    UnorderedElementsAre(Pair("a", "sent opt_in"), Pair("b", "refused zero_value"), Pair("info", "sent opt_in")));
  EXPECT_THAT(
    decided(cart + "holdout_percent = 100\n"),
    UnorderedElementsAre(Pair("a", "refused holdout"), Pair("b", "refused holdout"), Pair("info", "refused holdout")));
  EXPECT_THAT(decided(cart + "enabled = false\n"),
              UnorderedElementsAre(Pair("a", "refused campaign_off"), Pair("b", "refused campaign_off"),
                                   Pair("info", "refused campaign_off")));
  // Abandoned at minute 21 of the story, 22:34:20 UTC.
  EXPECT_THAT(decided("[shop.default]\nreminders = false\n"),
              UnorderedElementsAre(Pair("a", "refused campaign_off"), Pair("b", "refused campaign_off"),
                                   Pair("info", "refused campaign_off")));
  EXPECT_THAT(decided(cart + "enabled_at = \"2023-11-14T22:34:20Z\"\n"),
              UnorderedElementsAre(Pair("a", "sent opt_in"), Pair("b", "sent opt_in"), Pair("info", "sent opt_in")));
  EXPECT_THAT(decided(cart + "enabled_at = \"2023-11-14T22:34:20.001Z\"\n"),
              UnorderedElementsAre(Pair("a", "refused campaign_off"), Pair("b", "refused campaign_off"),
                                   Pair("info", "refused campaign_off")));
}

TEST_F(policy_replay_test, peace_after_a_purchase_with_the_same_seller) {
  knows(R"("customer_id":"u")", "u@example.com");
  opts_in("u@example.com");
  tell(1, R"("event":"purchase","shop":"twin","customer_id":"u","order_id":"o")");
  add(2, "c", R"("customer_id":"u","shop":"default")");
  EXPECT_THAT(decided("[policy]\ncooldown_after_purchase = \"21m\"\n"), ElementsAre(Pair("c", "sent opt_in")));
  EXPECT_THAT(decided("[policy]\ncooldown_after_purchase = \"22m\"\n"),
              ElementsAre(Pair("c", "refused cooldown_after_purchase")));
  EXPECT_THAT(decided("[policy]\ncooldown_after_purchase = \"22m\"\n[shop.twin]\nlegal_entity = \"twin-bv\"\n"),
              ElementsAre(Pair("c", "sent opt_in")));
}

}  // namespace
}  // namespace cartwheel
