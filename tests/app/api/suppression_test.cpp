// Who gets no mail any more: from the relay's reply or a report that came in, to the operator who lifts it.
#include "actors/content/bounce_token.hpp"
#include "actors/content/limits.hpp"
#include "app/api/suppression_command.hpp"
#include "tests/app/api/running_node.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};

TEST(a_command_about_a_suppression, means_an_address_by_what_it_is_called) {
  auto meant = [](std::string_view body, bool lift = false) { return suppression_meant_by(body, lift, keys); };
  const auto anna = key_of_address(keys, "anna@example.org");
  auto add = meant(R"({"email":"Anna@Example.org"})");
  ASSERT_FALSE(add.refusal);
  EXPECT_EQ(add.news, (news_of_address{anna, address_news::complaint, before_all, true}));
  EXPECT_EQ(meant(R"({"email":"anna@example.org","reason":"hard_bounce"})").news.what, address_news::hard_bounce);
  EXPECT_EQ(meant(R"({"address":")" + to_hex(anna) + "\"}", true).news,
            (news_of_address{anna, address_news::lifted, before_all, true}));
  auto why = [&](std::string_view body) {
    auto m = meant(body);
    return m.refusal ? json::parse(m.refusal->body)["error"].get<std::string>() : "";
  };
  EXPECT_EQ(why("nonsense"), "the body is no JSON object");
  EXPECT_EQ(why("[]"), "the body is no JSON object");
  EXPECT_EQ(why("{}"), "wants one of \"email\" and \"address\"");
  EXPECT_EQ(why(R"({"email":"a@b.example","address":"00"})"), "wants one of \"email\" and \"address\"");
  EXPECT_EQ(why(R"({"email":"no mailbox"})"), "email: is no mailbox (RFC 5321)");
  EXPECT_EQ(why(R"({"email":7})"), "email: is no mailbox (RFC 5321)");
  for (const auto& hex : std::vector<std::string>{"", "00", std::string(32, '0'), std::string(32, 'g'),
                                                  std::string(33, '1'), "-" + std::string(31, '1')})
    EXPECT_EQ(why(R"({"address":")" + hex + "\"}"), "address: is not 32 hexadecimal digits, as the list shows them")
      << hex;
  EXPECT_EQ(why(R"({"email":"a@b.example","reason":"quota"})"), "reason: is none of complaint, hard_bounce");
}

TEST(suppressions_document, shows_the_newest_first_and_how_many_there_are) {
  const auto t = from_unix_ms(1'769'943'600'000);
  suppression_query::found all{{{1, 2}, {address_news::complaint, t, t, 1, never}},
                               {{3, 4}, {address_news::quota, t, t, 3, t + 1h}}};
  auto d = json::parse(suppressions_document(all, 1));
  EXPECT_EQ(d["count"], 2);
  ASSERT_EQ(d["suppressions"].size(), 1u);
  EXPECT_EQ(d["suppressions"][0]["address"], "00000000000000010000000000000002");
  EXPECT_EQ(d["suppressions"][0]["until"], "lifted");
  EXPECT_EQ(json::parse(suppressions_document(all, 2))["suppressions"][1]["until"], "2026-02-01T12:00:00.000Z");
}

class suppression_api : public running_node {
 protected:
  suppression_api() {
    config_.outlet.kind = outlet_kind::smtp;
    config_.relays.begin()->second.address = "127.0.0.1:" + std::to_string(sink_.port());
    config_.shops.fallback.bounce_address = "bounce@example.com";
  }
  http_answer command(const std::string& what, const json& body) {
    return ask(node_->http_port(), "POST", "/v1/suppressions/" + what, body.dump(),
               "Content-Type: application/json\r\n");
  }
  http_answer bounce(const std::string& message) {
    return ask(node_->http_port(), "POST", "/v1/bounces", message, "Content-Type: message/rfc822\r\n");
  }
  json listed() { return get("/v1/suppressions").json(); }
  bool suppressed(size_t n) {
    return tests::eventually([&] { return listed()["count"] == n; });
  }
  /// A cart of theirs is left behind; the decision about it.
  json abandon(const std::string& cart_id, const std::string& email) {
    auto address = R"(,"email":")" + email + "\"";
    post("[" + event("consent", address + R"(,"channel":"email","status":"granted","source":"account")") + "," +
         addition(cart_id, R"(,"customer_id":"k-)" + cart_id + "\"" + address) + "]");
    EXPECT_TRUE(open(cart_id));
    clock_->advance(21min);
    json decided;
    EXPECT_TRUE(tests::eventually([&] {
      decided = get(cart(cart_id)).json()["decisions"];
      return !decided.empty();
    }));
    return decided.at(0);
  }
  smtp::test::taken_mail next_mail(size_t n) {
    EXPECT_TRUE(tests::eventually([&] { return sink_.taken().size() >= n; }));
    auto all = sink_.taken();
    return all.size() < n ? smtp::test::taken_mail{} : all[n - 1];
  }
  static std::string report(const std::string& to, const std::string& action, const std::string& status) {
    return "To: <" + to +
           ">\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
           "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\n"
           "Final-Recipient: rfc822; anna@example.org\r\nAction: " +
           action + "\r\nStatus: " + status + "\r\n\r\n--b--\r\n";
  }
  std::string bounces(const std::string& kind) {
    auto page = get("/metrics").body;
    auto at = page.find("cartwheel_bounces_total{kind=\"" + kind + "\"} ");
    return at == page.npos ? "none" : page.substr(page.find(' ', at) + 1, page.find('\n', at) - page.find(' ', at) - 1);
  }

  smtp::test::loopback_sink sink_;
};

TEST_F(suppression_api, a_relay_s_word_about_the_recipient_keeps_the_next_mail_from_them) {
  serve();
  EXPECT_EQ(listed(), (json{{"count", 0}, {"suppressions", json::array()}}));
  EXPECT_EQ(abandon("a", "anna+rcpt=550/5.1.1@example.org")["outcome"], "sent");
  ASSERT_TRUE(suppressed(1));
  auto s = listed()["suppressions"][0];
  EXPECT_EQ(s["reason"], "hard_bounce");
  EXPECT_EQ(s["until"], "lifted");
  EXPECT_EQ(s["count"], 1);
  clock_->advance(25h);
  EXPECT_EQ(abandon("b", "anna+rcpt=550/5.1.1@example.org")["reason"], "suppressed_bounce");
  auto held = get("/v1/persons/anna%2Brcpt%3D550%2F5.1.1@example.org?by=email").json();
  EXPECT_EQ(held["addresses"].at(0)["suppression"]["reason"], "hard_bounce");
  EXPECT_THAT(get("/metrics").body, HasSubstr("cartwheel_suppressed_total{reason=\"hard_bounce\"} 1\n"));
  EXPECT_EQ(command("lift", {{"address", s["address"]}}).status, 200);
  EXPECT_TRUE(suppressed(0));
  EXPECT_EQ(command("lift", {{"address", s["address"]}}).status, 404);
}

TEST_F(suppression_api, an_operator_s_word_counts_as_well) {
  serve();
  EXPECT_EQ(command("add", {{"email", "Anna@example.org"}}).status, 200);
  ASSERT_TRUE(suppressed(1));
  EXPECT_EQ(abandon("a", "anna@example.org")["reason"], "suppressed_complaint");
  EXPECT_EQ(command("lift", {{"email", "anna@EXAMPLE.org"}}).status, 200);
  EXPECT_TRUE(suppressed(0));
  EXPECT_EQ(command("lift", {{"email", "anna@example.org"}}).status, 404);
  EXPECT_EQ(command("add", {{"email", "nobody"}}).status, 400);
  EXPECT_EQ(ask(node_->http_port(), "POST", "/v1/suppressions/add", "{}", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(get("/v1/suppressions?limit=0").status, 400);
}

TEST_F(suppression_api, a_bounce_suppresses_whom_its_token_names_and_outlives_the_process) {
  serve();
  EXPECT_EQ(abandon("a", "anna@example.org")["outcome"], "sent");
  const auto sender = next_mail(1).sender;
  EXPECT_THAT(sender, testing::MatchesRegex("bounce\\+[a-z2-7]+@example.com"));
  for (auto [action, status] : {std::pair{"delayed", "4.4.1"}, {"failed", "4.4.7"}, {"failed", "5.7.1"}}) {
    auto soft = bounce(report(sender, action, status));
    EXPECT_EQ(soft.status, 200);
    EXPECT_EQ(soft.json()["kind"], "soft");
    EXPECT_TRUE(soft.json().contains("ignored"));
  }
  auto forged = sender;
  forged[10] = forged[10] == 'a' ? 'b' : 'a';
  EXPECT_EQ(bounce(report(forged, "failed", "5.1.1")).json()["kind"], "unproven");
  EXPECT_EQ(bounce("Subject: hello\r\n\r\nno report\r\n").json()["kind"], "unreadable");
  EXPECT_EQ(bounce("").status, 200);
  EXPECT_EQ(listed()["count"], 0);
  auto upper = sender;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  auto answer = bounce(report(upper, "failed", "5.1.1"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["kind"], "hard_bounce");
  EXPECT_EQ(answer.json()["proven_by"], "envelope sender");
  EXPECT_EQ(answer.json()["recipients"].at(0)["status"], "5.1.1");
  EXPECT_FALSE(answer.json().contains("ignored"));
  ASSERT_TRUE(suppressed(1));
  EXPECT_EQ(bounces("soft"), "3");
  EXPECT_EQ(bounces("unproven"), "1");
  EXPECT_EQ(bounces("unreadable"), "2");
  EXPECT_EQ(bounces("hard_bounce"), "1");
  EXPECT_EQ(bounces("complaint"), "0");
  node_.reset();
  serve();
  EXPECT_TRUE(suppressed(1));
  clock_->advance(25h);
  EXPECT_EQ(abandon("b", "anna@example.org")["reason"], "suppressed_bounce");
}

TEST_F(suppression_api, the_same_full_mailbox_told_three_times_is_one) {
  serve();
  abandon("a", "anna@example.org");
  const auto sender = next_mail(1).sender;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bounce(report(sender, "failed", "5.2.2")).json()["kind"], "quota");
  EXPECT_TRUE(tests::eventually([&] {
    auto held = get("/v1/persons/anna@example.org?by=email").json()["addresses"].at(0)["suppression"];
    return held.is_object() && held["count"] == 1 && held["until"].is_null();
  }));
  EXPECT_EQ(listed()["count"], 0);
}

TEST_F(suppression_api, without_a_bounce_address_the_link_of_the_returned_mail_proves_it) {
  config_.shops.fallback.bounce_address.clear();
  serve();
  abandon("a", "anna@example.org");
  auto mail = next_mail(1);
  EXPECT_EQ(mail.sender, "cart@example.com");
  auto complaint = bounce(
    "To: fbl@example.com\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" +
    mail.content + "\r\n--b--\r\n");
  EXPECT_EQ(complaint.json()["kind"], "complaint");
  EXPECT_EQ(complaint.json()["proven_by"], "link to unsubscribe");
  EXPECT_TRUE(suppressed(1));
}

TEST_F(suppression_api, a_report_beyond_its_bound_is_refused) {
  serve();
  EXPECT_EQ(bounce(std::string(limits::bounce_bytes_max + 1, 'x')).status, 413);
}

}  // namespace
}  // namespace cartwheel
