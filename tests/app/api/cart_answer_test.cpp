#include "app/api/cart_answer.hpp"

#include "actors/campaign/packed_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const currency_code eur{{'E', 'U', 'R'}};
constexpr instant now = from_unix_ms(1'769'943'600'000);

decision_line line(int64_t tick, std::string cart_id, reason why = reason::no_consent) {
  return {from_unix_ms(tick), "s", std::move(cart_id), "", 0, channel::email, decision_outcome::refused, why};
}

cart_view sample() {
  cart_view v;
  v.cart_id = "c";
  v.customer_id = "k";
  v.currency = eur;
  v.value = 25'998;
  v.last_add = from_unix_ms(1'769'943'600'250);
  v.next_step = 1;
  v.reminders_sent = 1;
  v.cycle = 2;
  v.lines = {{"i", "Boots \"x\"", "", "https://e.example/i", 12'999, 2}, {"j", "", "", "", -1, 1}};
  return v;
}

TEST(cart_answer, an_open_cart_in_the_checkout) {
  auto view = sample();
  view.stage = cart_stage::checkout;
  view.checkout_at = view.last_add + 30min;
  const cart_knowledge known{"s", "c", &view, {}, {}, {}, now};
  campaign_settings campaign;
  auto j = json::parse(cart_answer(known, campaign).body);
  EXPECT_EQ(j["stage"], "checkout");
  EXPECT_EQ(j["campaign"], "cart");
  campaign.checkout.enabled = true;
  campaign.checkout.idle = 1h;
  j = json::parse(cart_answer(known, campaign).body);
  EXPECT_EQ(j["campaign"], "checkout");
  EXPECT_EQ(j["due_ms"], unix_ms(view.last_add) + 90 * 60'000 + 7 * 86'400'000);
}

TEST(cart_answer, an_open_cart_that_waits_for_a_payment) {
  auto view = sample();
  view.paused = true;
  view.pause_from = view.last_add + 5min;
  view.pause_until = view.pause_from + 24h;
  view.next_step = 0;
  const cart_knowledge known{"s", "c", &view, {}, {}, {}, now};
  campaign_settings campaign;
  EXPECT_FALSE(json::parse(cart_answer(known, campaign).body).contains("due"));
  campaign.unpaid.enabled = true;
  const auto j = json::parse(cart_answer(known, campaign).body);
  EXPECT_EQ(j["campaign"], "unpaid");
  EXPECT_EQ(j["due_ms"], unix_ms(view.pause_from + campaign.unpaid.idle));
}

TEST(cart_answer, an_open_cart) {
  auto view = sample();
  auto a = cart_answer({"s", "c", &view, {}, {line(1000, "c")}, {}, now}, {});
  EXPECT_EQ(a.status, 200);
  auto j = json::parse(a.body);
  EXPECT_EQ(j["open"], true);
  EXPECT_EQ(j["shop"], "s");
  EXPECT_EQ(j["cart_id"], "c");
  EXPECT_EQ(j["customer_id"], "k");
  EXPECT_EQ(j["visitor_id"], nullptr);
  EXPECT_EQ(j["currency"], "EUR");
  EXPECT_EQ(j["value"], "259.98");
  EXPECT_EQ(j["last_add"], "2026-02-01T11:00:00.250Z");
  EXPECT_EQ(j["last_add_ms"], 1'769'943'600'250);
  EXPECT_EQ(j["step"], 1);
  EXPECT_EQ(j["reminders_sent"], 1);
  EXPECT_EQ(j["cycle"], 2);
  EXPECT_EQ(j["due_ms"], 1'769'943'600'250 + 20 * 60'000 + 7 * 86'400'000) << "idle, and the step's own delay";
  EXPECT_EQ(j["paused"], false);
  EXPECT_FALSE(j.contains("pause_until"));
  ASSERT_EQ(j["lines"].size(), 2u);
  EXPECT_EQ(j["lines"][0], (json{{"item_id", "i"},
                                 {"item_name", "Boots \"x\""},
                                 {"quantity", 2},
                                 {"price", "129.99"},
                                 {"item_url", "https://e.example/i"},
                                 {"image_url", nullptr}}));
  EXPECT_EQ(j["lines"][1]["price"], nullptr);
  ASSERT_EQ(j["decisions"].size(), 1u);
  EXPECT_EQ(j["decisions"][0]["reason"], "no_consent");
}

TEST(cart_answer, a_paused_cart_has_no_due_time_but_an_end_of_the_pause) {
  auto view = sample();
  view.paused = true;
  view.pause_until = from_unix_ms(1'770'000'000'000);
  auto j = json::parse(cart_answer({"s", "c", &view, {}, {}, {}, now}, {}).body);
  EXPECT_EQ(j["paused"], true);
  EXPECT_EQ(j["pause_until_ms"], 1'770'000'000'000);
  EXPECT_FALSE(j.contains("due_ms"));
}

TEST(cart_answer, a_cart_that_is_over_is_still_explained) {
  auto a = cart_answer({"s", "c", nullptr, {}, {line(1000, "c"), line(2000, "c")}, {}, now}, {});
  EXPECT_EQ(a.status, 200);
  auto j = json::parse(a.body);
  EXPECT_EQ(j["open"], false);
  EXPECT_EQ(j["decisions"].size(), 2u);
  EXPECT_FALSE(j.contains("lines"));
}

TEST(cart_answer, nobody_knows_it) {
  auto a = cart_answer({"s", "c", nullptr, {}, {}, {}, now}, {});
  EXPECT_EQ(a.status, 404);
  EXPECT_TRUE(json::parse(a.body).contains("error"));
}

TEST(cart_answer, a_decision_with_its_rules_and_one_whose_inputs_were_not_recorded) {
  decision_facts facts;
  facts.not_after = 24h;
  facts.has_address = true;
  auto with = line(2000, "c");
  with.facts = pack(facts);
  auto j = json::parse(cart_answer({"s", "c", nullptr, {}, {line(1000, "c"), with}, {}, now}, {}).body);
  EXPECT_EQ(j["decisions"][0]["rules"], nullptr);
  EXPECT_THAT(j["decisions"][0]["words"].get<std::string>(), HasSubstr("inputs were not recorded then"));
  const auto& rules = j["decisions"][1]["rules"];
  ASSERT_GT(rules.size(), 3u);
  EXPECT_EQ(rules.back()["rule"], "no_consent");
  EXPECT_EQ(rules.back()["held"], true);
  EXPECT_THAT(rules.back()["instead"].get<std::string>(), HasSubstr("opt-in"));
  EXPECT_EQ(j["story"][1]["decision"], 1);
}

TEST(cart_answer, of_then_knows_nothing_of_later) {
  auto view = sample();
  cart_milestone accepted;
  accepted.known = from_unix_ms(3000);
  accepted.what = milestone::mail;
  accepted.happened = from_unix_ms(3000);
  cart_knowledge all{"s", "c", &view, {}, {line(1000, "c"), line(2000, "c")}, {accepted}, now};
  auto j = json::parse(cart_answer(all, {}, from_unix_ms(1999)).body);
  EXPECT_EQ(j["open"], nullptr) << "what it held then is not kept";
  EXPECT_EQ(j["at_ms"], 1999);
  EXPECT_EQ(j["decisions"].size(), 1u);
  EXPECT_EQ(j["story"].size(), 1u);
  EXPECT_FALSE(j.contains("lines"));
  j = json::parse(cart_answer(all, {}, from_unix_ms(3000)).body);
  EXPECT_EQ(j["story"].size(), 3u);
  EXPECT_EQ(json::parse(cart_answer(all, {}, from_unix_ms(1)).body)["summary"], "nothing had been recorded by then");
}

}  // namespace
}  // namespace cartwheel
