#include "app/api/answers.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cartwheel {
namespace {

using nlohmann::json;

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
