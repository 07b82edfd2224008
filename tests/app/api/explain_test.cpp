#include "app/commands.hpp"
#include "tests/app/api/running_node.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace cartwheel {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using nlohmann::json;

class explaining : public running_node {
 protected:
  json told(const std::string& cart_id, const std::string& query = "") { return get(cart(cart_id) + query).json(); }
  /// Waits until that is in its story.
  bool happens(const std::string& cart_id, const std::string& what) {
    return tests::eventually([&] { return named(cart_id, what) != nullptr; });
  }
  json named(const std::string& cart_id, const std::string& what) {
    auto answer = told(cart_id);
    if (answer.contains("story"))
      for (const auto& c : answer["story"])
        if (c["what"] == what) return c;
    return nullptr;
  }
  void buy(const std::string& cart_id) {
    post(event("purchase", R"(,"cart_id":")" + cart_id + R"(","order_id":"o1","customer_id":"k")"));
  }
  std::pair<int, std::string> explain(const std::string& cart_id, const std::string& at = "") {
    explain_options o;
    o.shop = "default";
    o.cart_id = cart_id;
    o.at = at;
    o.sets = {"http.listen=127.0.0.1:" + std::to_string(node_->http_port())};
    std::ostringstream out, complaints;
    const int code = run_explain(o, out, complaints);
    return {code, code == 0 ? out.str() : complaints.str()};
  }
};

TEST_F(explaining, a_cart_that_was_ordered_before_anything_was_decided) {
  serve();
  post(addition("c1", R"(,"customer_id":"k")"));
  ASSERT_TRUE(open("c1"));
  clock_->advance(4min);
  buy("c1");
  ASSERT_TRUE(happens("c1", "ended"));
  auto answer = told("c1");
  EXPECT_EQ(answer["open"], false);
  EXPECT_EQ(answer["summary"], "ordered (order o1) 4 min after the last addition, 16 min before reminder 1 was due");
  EXPECT_EQ(answer["decisions"].size(), 0u);
  node_.reset();
  serve();
  EXPECT_EQ(told("c1")["summary"], answer["summary"]) << "and after a restart";
  auto [code, words] = explain("c1");
  EXPECT_EQ(code, 0);
  EXPECT_THAT(words, HasSubstr("default/c1: ordered (order o1) 4 min after"));
}

TEST_F(explaining, a_refusal_says_what_would_have_had_to_be_different_also_after_recovery) {
  serve();
  post(addition("c1", R"(,"customer_id":"k","email":"jane@shopper.example")"));
  ASSERT_TRUE(open("c1"));
  clock_->advance(21min);
  ASSERT_TRUE(happens("c1", "decided"));
  auto before = told("c1")["decisions"][0];
  EXPECT_EQ(before["reason"], "no_consent");
  EXPECT_EQ(before["rules"].back()["rule"], "no_consent");
  EXPECT_THAT(before["rules"].back()["instead"].get<std::string>(), HasSubstr("opt-in"));
  node_.reset();
  // The history is lost, the log tells it again: it does not decide again, so the record has what it rested on.
  std::filesystem::remove_all(folder_ / "data" / "store");
  std::filesystem::remove_all(folder_ / "data" / "snapshots");
  serve();
  ASSERT_TRUE(happens("c1", "decided"));
  EXPECT_EQ(told("c1")["decisions"][0], before);
  auto text = get(cart("c1")).body;
  EXPECT_THAT(text, Not(HasSubstr("shopper.example"))) << "nobody need see the address to understand";
}

TEST_F(explaining, what_is_still_to_come_as_things_stand_without_claiming_it) {
  serve();
  post(addition("c1", R"(,"customer_id":"k","email":"jane@shopper.example")"));
  ASSERT_TRUE(open("c1"));
  auto next = told("c1")["as_things_stand"];
  EXPECT_EQ(next["reason"], "no_consent");
  EXPECT_EQ(next["step"], 0);
  EXPECT_EQ(next["due_ms"], unix_ms(start + 20min));
  post(event("consent", R"(,"email":"jane@shopper.example","channel":"email","status":"granted")"));
  ASSERT_TRUE(tests::eventually([&] { return told("c1")["as_things_stand"]["outcome"] == "sent"; }));
  EXPECT_EQ(told("c1")["as_things_stand"]["reason"], "opt_in");
  EXPECT_EQ(told("c1")["as_things_stand"]["outcome"], "sent") << "asking claims nothing, so the cap stays free";
  EXPECT_THAT(told("c1")["summary"].get<std::string>(), HasSubstr("still waiting: reminder 1 is due at"));
  // Another cart of the address whose reminder was sent meets the cap.
  post(addition("c2", R"(,"customer_id":"k")"));
  clock_->advance(10min);
  post(addition("c3", R"(,"customer_id":"k")"));
  clock_->advance(11min);
  ASSERT_TRUE(happens("c1", "decided"));
  ASSERT_TRUE(tests::eventually([&] { return told("c3")["as_things_stand"]["reason"] == "cap_24h"; }));
  EXPECT_THAT(told("c3")["as_things_stand"]["words"].get<std::string>(), HasSubstr("would have been sent"));
}

TEST_F(explaining, a_mail_that_was_accepted) {
  serve();
  post(addition("c1", R"(,"customer_id":"k","email":"jane@shopper.example")"));
  post(event("consent", R"(,"email":"jane@shopper.example","channel":"email","status":"granted")"));
  ASSERT_TRUE(open("c1"));
  clock_->advance(21min);
  ASSERT_TRUE(happens("c1", "mail"));
  EXPECT_EQ(named("c1", "mail")["words"], "reminder 1 was accepted by the outlet");
}

TEST_F(explaining, a_pause_and_its_end) {
  serve();
  post(addition("c1", R"(,"customer_id":"k")"));
  post(event("purchase", R"(,"cart_id":"c1","order_id":"o1","customer_id":"k","payment":"pending")"));
  ASSERT_TRUE(happens("c1", "paused"));
  EXPECT_THAT(told("c1")["summary"].get<std::string>(), HasSubstr("paused by a pending payment"));
  EXPECT_FALSE(told("c1").contains("as_things_stand"));
  clock_->advance(1min);
  post(event("order_cancelled", R"(,"order_id":"o1")"));
  ASSERT_TRUE(happens("c1", "resumed"));
  EXPECT_THAT(named("c1", "resumed")["words"].get<std::string>(), HasSubstr("(order o1) was cancelled"));
}

TEST_F(explaining, as_it_was_known_at_a_time) {
  serve();
  post(addition("c1", R"(,"customer_id":"k")"));
  ASSERT_TRUE(open("c1"));
  clock_->advance(4min);
  buy("c1");
  ASSERT_TRUE(happens("c1", "ended"));
  EXPECT_THAT(told("c1", "?at=2026-02-01T11:03:00Z")["summary"].get<std::string>(), HasSubstr("nothing had been"));
  EXPECT_THAT(told("c1", "?at=2026-02-01T11:04:00Z")["summary"].get<std::string>(), HasSubstr("ordered (order o1)"));
  EXPECT_EQ(get(cart("c1") + "?at=tea-time").status, 400);
  EXPECT_THAT(explain("c1", "2026-02-01T11:03:00Z").second, HasSubstr("nothing had been recorded by then"));
}

TEST_F(explaining, a_cart_that_nobody_knows) {
  serve();
  auto [code, words] = explain("nobody's");
  EXPECT_EQ(code, 1);
  EXPECT_EQ(words, "default/nobody's: no such cart is open, and nothing is recorded about one\n");
}

TEST_F(explaining, of_somebody_erased_nothing_is_left) {
  serve();
  post(addition("c1", R"(,"customer_id":"k")"));
  ASSERT_TRUE(open("c1"));
  post(event("erase", R"(,"customer_id":"k")"));
  EXPECT_TRUE(tests::eventually([&] { return get(cart("c1")).status == 404; }));
}

TEST_F(explaining, decisions_by_shop_reason_outcome_and_time_in_pages) {
  serve();
  for (const auto* id : {"c1", "c2", "c3"}) post(addition(id));
  post(addition("b1", R"(,"shop":"books","customer_id":"k","email":"jane@shopper.example")"));
  ASSERT_TRUE(open("c3"));
  clock_->advance(21min);
  ASSERT_TRUE(tests::eventually([&] { return get("/v1/decisions").json()["decisions"].size() == 4; }));
  auto found = [&](const std::string& query) {
    std::vector<std::string> ids;
    const auto answer = get("/v1/decisions?" + query).json();
    for (const auto& d : answer["decisions"]) ids.push_back(d["cart_id"]);
    return ids;
  };
  EXPECT_THAT(found("shop=books"), testing::ElementsAre("b1"));
  EXPECT_THAT(found("reason=no_address"), testing::ElementsAre("c3", "c2", "c1"));
  EXPECT_THAT(found("outcome=sent"), testing::IsEmpty());
  EXPECT_THAT(found("since=2026-02-01T12:00:00Z"), testing::IsEmpty());
  EXPECT_EQ(found("since=" + std::to_string(unix_ms(start))).size(), 4u);
  auto page = get("/v1/decisions?shop=default&limit=2").json();
  EXPECT_EQ(page["decisions"].size(), 2u);
  auto rest = get("/v1/decisions?shop=default&limit=2&from=" + page["next"].get<std::string>()).json();
  ASSERT_EQ(rest["decisions"].size(), 1u);
  EXPECT_EQ(rest["decisions"][0]["cart_id"], "c1");
  EXPECT_FALSE(rest.contains("next"));
  for (const auto* wrong : {"reason=because", "outcome=maybe", "since=once", "from=xyz"}) {
    EXPECT_EQ(get(std::string{"/v1/decisions?"} + wrong).status, 400) << wrong;
  }
}

}  // namespace
}  // namespace cartwheel
