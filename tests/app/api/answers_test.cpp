#include "app/api/answers.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cartwheel {
namespace {

using nlohmann::json;

const currency_code eur{{'E', 'U', 'R'}};

decision_line line(int64_t tick, std::string cart_id, reason why = reason::no_consent) {
  return {from_unix_ms(tick), "s", std::move(cart_id), "", 0, channel::email, decision_outcome::refused, why};
}

TEST(posted_answer, all_taken) {
  auto a = posted_answer({3, {}, "", true}, payload_format::json_lines);
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.content_type, "application/json");
  EXPECT_EQ(a.body, "{\"accepted\":3,\"refused\":[]}\n");
}

TEST(posted_answer, refusals_name_the_line_or_the_element) {
  posted_events posted{1, {{2, "time: is missing"}}, "", true};
  auto lines = posted_answer(posted, payload_format::json_lines);
  EXPECT_EQ(lines.status, 207);
  EXPECT_EQ(lines.body, "{\"accepted\":1,\"refused\":[{\"line\":3,\"reason\":\"time: is missing\"}]}\n");
  for (auto format : {payload_format::json_document, payload_format::cloudevents})
    EXPECT_EQ(posted_answer(posted, format).body,
              "{\"accepted\":1,\"refused\":[{\"index\":2,\"reason\":\"time: is missing\"}]}\n");
}

TEST(posted_answer, a_reason_that_quotes_broken_text_still_answers) {
  auto a = posted_answer({0, {{0, "event: \"\xff\""}}, "", true}, payload_format::json_lines);
  EXPECT_EQ(a.status, 207);
  EXPECT_FALSE(json::parse(a.body).is_discarded());
}

TEST(posted_answer, no_json) {
  auto a = posted_answer({0, {}, "no JSON: x", true}, payload_format::json_document);
  EXPECT_EQ(a.status, 400);
  EXPECT_EQ(json::parse(a.body)["error"], "no JSON: x");
}

TEST(posted_answer, not_durable_is_nothing_taken) {
  auto a = posted_answer({3, {}, "", false}, payload_format::json_lines);
  EXPECT_EQ(a.status, 503);
  ASSERT_EQ(a.headers.size(), 1u);
  EXPECT_EQ(a.headers[0], (std::pair<std::string, std::string>{"Retry-After", "1"}));
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

TEST(cart_answer, an_open_cart) {
  auto view = sample();
  auto a = cart_answer("s", "c", &view, {line(1000, "c")}, {});
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
  auto j = json::parse(cart_answer("s", "c", &view, {}, {}).body);
  EXPECT_EQ(j["paused"], true);
  EXPECT_EQ(j["pause_until_ms"], 1'770'000'000'000);
  EXPECT_FALSE(j.contains("due_ms"));
}

TEST(cart_answer, a_cart_that_is_over_is_still_explained) {
  auto a = cart_answer("s", "c", nullptr, {line(1000, "c"), line(2000, "c")}, {});
  EXPECT_EQ(a.status, 200);
  auto j = json::parse(a.body);
  EXPECT_EQ(j["open"], false);
  EXPECT_EQ(j["decisions"].size(), 2u);
  EXPECT_FALSE(j.contains("lines"));
}

TEST(cart_answer, nobody_knows_it) {
  auto a = cart_answer("s", "c", nullptr, {}, {});
  EXPECT_EQ(a.status, 404);
  EXPECT_TRUE(json::parse(a.body).contains("error"));
}

TEST(decisions_document, in_the_order_given) {
  EXPECT_EQ(json::parse(decisions_document({})), (json{{"decisions", json::array()}}));
  auto j = json::parse(decisions_document({line(2000, "}b"), line(1000, "a\"}")}));
  ASSERT_EQ(j["decisions"].size(), 2u);
  EXPECT_EQ(j["decisions"][0]["cart_id"], "}b");
  EXPECT_EQ(j["decisions"][1]["cart_id"], "a\"}");
  EXPECT_EQ(j["decisions"][1]["time"], 1000);
}

TEST(dead_letters_document, shows_what_can_be_read) {
  auto j = json::parse(
    dead_letters_document({{from_unix_ms(5), "no JSON", "{\"a\""}, {from_unix_ms(4), "no msgpack", "\xc1\x01"}}));
  ASSERT_EQ(j["dead_letters"].size(), 2u);
  EXPECT_EQ(j["dead_letters"][0], (json{{"time", 5}, {"reason", "no JSON"}, {"event", "{\"a\""}}));
  EXPECT_EQ(j["dead_letters"][1], (json{{"time", 4}, {"reason", "no msgpack"}, {"event_hex", "c101"}}));
}

}  // namespace
}  // namespace cartwheel
