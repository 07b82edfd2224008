#include "app/api/public_api.hpp"

#include "actors/content/token.hpp"
#include "actors/content/unsubscribe_page.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "app/api/limits.hpp"
#include "tests/app/api/running_node.hpp"

#include <fstream>
#include <iterator>

namespace cartwheel {
namespace {

class public_api_test : public running_node {
 protected:
  std::string token(std::string address = "jan@example.com", token_purpose purpose = token_purpose::unsubscribe) {
    return node_->tokens().seal({purpose, "default", std::move(address), "email"});
  }
  http_answer visit(const std::string& method, const std::string& target, const std::string& body = "",
                    const std::string& headers = "") {
    return ask(node_->public_port(), method, target, body, headers);
  }
  uint64_t consents() {
    auto page = get("/metrics").body;
    std::string name = "cartwheel_events_total{event=\"consent\",result=\"applied\"} ";
    auto at = page.find(name);
    return at == std::string::npos ? 0 : std::stoull(page.substr(at + name.size()));
  }
  std::vector<std::string> mails() {
    std::vector<std::string> all;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator{node_->maildir() + "/new", none}) {
      std::ifstream in{file.path()};
      all.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    }
    return all;
  }
  std::string newest_reason(const std::string& cart_id) {
    auto lines = node_->log().decisions_about("default", cart_id, 100);
    return lines.empty() ? "" : std::string{to_string(lines.back().reason)};
  }
};

TEST_F(public_api_test, a_visit_shows_a_page_and_changes_nothing) {
  serve();
  for (const char* method : {"GET", "HEAD"}) {
    auto page = visit(method, "/u/" + token());
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Type"), unsubscribe_page::content_type);
    EXPECT_EQ(page.header("Content-Security-Policy"), unsubscribe_page::content_security_policy);
    EXPECT_EQ(page.header("Cache-Control"), "no-store");
    EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  }
  auto page = visit("GET", "/u/" + token(), "", "Accept-Language: nl\r\n");
  EXPECT_EQ(page.body, unsubscribe_page::question(unsubscribe_page::language::nl, "Example", "jan@example.com"));
  EXPECT_EQ(consents(), 0u);
}

TEST_F(public_api_test, a_body_larger_than_any_form_is_refused) {
  serve();
  auto refused = visit("POST", "/u/" + token(), std::string(limits::public_body_bytes_max + 1, 'x'));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(consents(), 0u);
  EXPECT_EQ(visit("POST", "/u/" + token(), std::string(limits::public_body_bytes_max, 'x')).status, 200)
    << "what a mailbox provider posts is not looked into";
}

TEST_F(public_api_test, a_post_withdraws_whatever_form_it_takes) {
  serve();
  struct post {
    const char* body;
    const char* headers;
  };
  uint64_t so_far = 0;
  for (auto [body, headers] : {
         post{"List-Unsubscribe=One-Click", "Content-Type: application/x-www-form-urlencoded\r\n"},
         post{"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
              "Content-Type: multipart/form-data; boundary=b\r\n"},
         post{"", ""},
         post{"List-Unsubscribe=One-Click", ""},
       }) {
    auto done = visit("POST", "/u/" + token(), body, headers);
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.body, unsubscribe_page::done(unsubscribe_page::language::en, "Example", "jan@example.com"))
      << "the first time as any later one";
    EXPECT_EQ(done.header("Content-Security-Policy"), unsubscribe_page::content_security_policy);
    ++so_far;
    EXPECT_TRUE(tests::eventually([&] { return consents() == so_far; })) << headers;
  }
  EXPECT_EQ(visit("POST", "/u/" + token(), "{}", "Content-Type: application/json\r\n").status, 415);
  EXPECT_EQ(consents(), so_far);
}

TEST_F(public_api_test, who_has_withdrawn_gets_no_more_reminders) {
  serve();
  std::string jan = R"(,"email":"Jan@example.com")";
  post(event("consent", jan + R"(,"channel":"email","status":"granted")"));
  post(addition("first", jan));
  ASSERT_TRUE(open("first"));
  clock_->advance(21min);
  ASSERT_TRUE(tests::eventually([&] { return mails().size() == 1; }));
  // By the link in the mail itself, as a mail program does it.
  auto mail = mails().front();
  auto at = mail.find("List-Unsubscribe: <");
  ASSERT_NE(at, std::string::npos) << mail;
  auto link = mail.substr(at + 19, mail.find('>', at) - at - 19);
  ASSERT_EQ(link.find(node_->config().public_site.url + "/u/"), 0u) << link;
  EXPECT_EQ(visit("POST", link.substr(node_->config().public_site.url.size()), "List-Unsubscribe=One-Click",
                  "Content-Type: application/x-www-form-urlencoded\r\n")
              .status,
            200);
  clock_->advance(25h);  // so that it is not the cap that refuses
  post(addition("second", jan));
  ASSERT_TRUE(open("second"));
  clock_->advance(21min);
  ASSERT_TRUE(tests::eventually([&] { return !newest_reason("second").empty(); }));
  EXPECT_EQ(newest_reason("second"), "consent_withdrawn");
  EXPECT_EQ(mails().size(), 1u);
}

TEST_F(public_api_test, a_token_that_is_not_ours_does_nothing) {
  serve();
  auto forged = token();
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& t : {std::string{"x"}, forged, token().substr(1), std::string(4'000, 'A'),
                               std::string{"%00%ff"}, token("jan@example.com", token_purpose::restore)})
    for (const char* method : {"GET", "POST"}) {
      auto page = visit(method, "/u/" + t);
      EXPECT_EQ(page.status, 404) << t;
      EXPECT_EQ(page.body, unsubscribe_page::unknown(unsubscribe_page::language::en));
      EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer");
    }
  EXPECT_EQ(consents(), 0u);
}

TEST_F(public_api_test, other_methods_and_paths) {
  serve();
  auto refused = visit("DELETE", "/u/" + token());
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.header("Allow"), "GET, HEAD, POST");
  for (const char* path : {"/", "/u", "/u/", "/metrics", "/healthz", "/v1/decisions", "/u/x/y"})
    EXPECT_EQ(visit("GET", path).status, 404) << path;
  EXPECT_EQ(consents(), 0u);
}

TEST_F(public_api_test, a_click_is_no_news_from_the_shop) {
  // The shop's gateway is half a minute behind: steps wait for it, and go on waiting when a shopper unsubscribes.
  config_.node.watermark_silence = 60s;
  serve();
  post(addition("c"));
  ASSERT_TRUE(open("c"));
  clock_->advance(20min - 10s);
  post(event("view_cart", R"(,"cart_id":"c")"));
  ASSERT_TRUE(tests::eventually([&] { return node_->events().lag() >= 0s && consents() == 0; }));
  clock_->advance(30s);
  EXPECT_EQ(visit("POST", "/u/" + token()).status, 200);
  ASSERT_TRUE(tests::eventually([&] { return consents() == 1; }));
  clock_->advance(2s);
  ASSERT_TRUE(tests::eventually([&] { return node_->events().lag() >= 32s; }));
  EXPECT_EQ(newest_reason("c"), "");
  // The gateway has caught up.
  post(event("view_item", R"(,"visitor_id":"somebody-else")"));
  clock_->advance(3s);
  EXPECT_TRUE(tests::eventually([&] { return newest_reason("c") == "no_address"; }));
}

TEST_F(public_api_test, with_the_events_own_clock_a_click_is_dated_by_the_events) {
  config_.node.clock = clock_kind::event;
  serve();
  // A day recorded long ago, while the machine's clock says what it says.
  clock_->advance(std::chrono::days{400});
  auto at = [](int64_t minutes) { return std::to_string(unix_ms(start) + minutes * 60'000); };
  std::string items = R"(,"items":[{"item_id":"i"}]})";
  post(R"({"event":"add_to_cart","cart_id":"c","time":)" + at(0) + items);
  EXPECT_EQ(visit("POST", "/u/" + token()).status, 200);
  post(R"({"event":"add_to_cart","cart_id":"d","time":)" + at(1) + items);
  post(R"({"event":"add_to_cart","cart_id":"e","time":)" + at(2) + items);
  ASSERT_TRUE(open("d"));
  EXPECT_EQ(newest_reason("c"), "") << "the click must not have run the clock on by a year";
  EXPECT_EQ(get(cart("c")).json()["step"], 0);
}

}  // namespace
}  // namespace cartwheel
