// What the links in mails do: /r/ leads back to the cart, /p/ keeps what its owner asks for (public_api.hpp).

#include "actors/content/preferences_page.hpp"
#include "actors/content/restore_page.hpp"
#include "actors/content/token.hpp"
#include "actors/content/unsubscribe_page.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "tests/app/api/running_node.hpp"

#include <gmock/gmock.h>

namespace cartwheel {
namespace {

using page::language;
using restore_page::why;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class links_of_mails : public running_node {
 protected:
  static constexpr std::string_view form = "Content-Type: application/x-www-form-urlencoded\r\n";

  std::string restore(const std::string& cart_id, uint8_t step = 0, uint32_t cycle = 1) {
    token_payload p{token_purpose::restore, "default", {}, cart_id, "en", cycle, step, clock_->now()};
    return "/r/" + node_->tokens().seal(p);
  }
  std::string preferences(const std::string& address = "jan@example.com") {
    return "/p/" + node_->tokens().seal({token_purpose::preferences, "default", address, "email", "nl"});
  }
  http_answer visit(const std::string& method, const std::string& target, const std::string& body = "") {
    return ask(node_->public_port(), method, target, body, body.empty() ? "" : std::string{form});
  }
  std::string told(why w) { return restore_page::told(language::en, w, "Example", "https://example.com"); }
  uint64_t applied(const std::string& kind) {
    auto page = get("/metrics").body;
    std::string name = "cartwheel_events_total{event=\"" + kind + "\",result=\"applied\"} ";
    auto at = page.find(name);
    return at == std::string::npos ? 0 : std::stoull(page.substr(at + name.size()));
  }
  std::string newest_reason(const std::string& cart_id) {
    auto lines = node_->log().decisions_about("default", cart_id, 100);
    return lines.empty() ? "" : std::string{to_string(lines.back().reason)};
  }
  void consent(const std::string& address) {
    post(event("consent", R"(,"email":")" + address + R"(","channel":"email","status":"granted")"));
  }
  /// A cart of this address is left behind until its next step has been decided; the reason.
  std::string left_behind(const std::string& cart_id, const std::string& more) {
    post(addition(cart_id, more));
    EXPECT_TRUE(open(cart_id));
    clock_->advance(21min);
    EXPECT_TRUE(tests::eventually([&] { return !newest_reason(cart_id).empty(); })) << cart_id;
    return newest_reason(cart_id);
  }
  /// Before the clock goes on by days: a mail that has not left by its not-after time never leaves.
  void wait_for_mails(int n) {
    const auto line = "cartwheel_reminders_total{outcome=\"accepted\",channel=\"email\"} " + std::to_string(n) + "\n";
    ASSERT_TRUE(tests::eventually([&] { return get("/metrics").body.find(line) != std::string::npos; })) << n;
  }
  static constexpr const char* jan = R"(,"email":"jan@example.com")";
  static constexpr const char* url = R"(,"cart_url":"https://shop.example/cart/1?step=2")";
};

TEST_F(links_of_mails, a_restore_link_leads_to_the_open_cart_and_is_noted_once) {
  serve();
  post(addition("c", url));
  ASSERT_TRUE(open("c"));
  const auto link = restore("c", 2, 1);
  auto looked = visit("HEAD", link);
  EXPECT_EQ(looked.status, 303);
  for (int i = 0; i < 3; ++i) {
    auto there = visit("GET", link);
    EXPECT_EQ(there.status, 303);
    EXPECT_EQ(there.header("Location"), "https://shop.example/cart/1?step=2");
    EXPECT_EQ(there.header("Cache-Control"), "no-store");
    EXPECT_EQ(there.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(there.header("Set-Cookie"), "");
    ASSERT_TRUE(tests::eventually([&] { return get(cart("c")).json().contains("last_click"); }));
  }
  EXPECT_EQ(applied("reminder_clicked"), 1u);
  auto click = get(cart("c")).json()["last_click"];
  EXPECT_EQ(click["step"], 2);
  EXPECT_EQ(click["cycle"], 1);
  EXPECT_EQ(click["time_ms"], unix_ms(clock_->now()));
  EXPECT_EQ(visit("POST", link).status, 405);
}

TEST_F(links_of_mails, without_an_address_of_its_own_the_shop_finds_the_cart) {
  config_.shops.fallback.restore_url = "https://example.com/basket?open={cart_id}";
  serve();
  post(addition("c/1"));
  ASSERT_TRUE(open("c%2F1"));
  EXPECT_EQ(visit("GET", restore("c/1")).header("Location"), "https://example.com/basket?open=c%2F1");
}

TEST_F(links_of_mails, a_cart_whose_series_is_over_is_still_found_until_it_is_bought) {
  config_.campaign.steps.resize(1);
  serve();
  consent("jan@example.com");
  EXPECT_EQ(left_behind("c", std::string{jan} + url), "opt_in");
  ASSERT_TRUE(tests::eventually([&] { return !get(cart("c")).json().value("open", true); })) << "its last step";
  EXPECT_EQ(visit("GET", restore("c")).header("Location"), "https://shop.example/cart/1?step=2");
  ASSERT_TRUE(tests::eventually([&] { return applied("reminder_clicked") == 1; }));
  post(event("purchase", R"(,"cart_id":"c","order_id":"o1")"));
  ASSERT_TRUE(tests::eventually([&] { return applied("purchase") == 1; }));
  auto bought = visit("GET", restore("c"));
  EXPECT_EQ(bought.status, 410);
  EXPECT_EQ(bought.body, told(why::ordered));
  EXPECT_EQ(bought.header("Content-Security-Policy"), page::content_security_policy);
}

TEST_F(links_of_mails, where_there_is_no_cart_a_page_says_so) {
  config_.public_site.restore_links = 1h;
  serve();
  EXPECT_EQ(visit("GET", restore("never-heard-of")).body, told(why::gone));
  post(addition("c", url));
  ASSERT_TRUE(open("c"));
  const auto link = restore("c");
  clock_->advance(1h);
  EXPECT_EQ(visit("GET", link).status, 303);
  clock_->advance(1ms);
  auto expired = visit("GET", link);
  EXPECT_EQ(expired.status, 410);
  EXPECT_EQ(expired.body, told(why::expired));
  EXPECT_EQ(
    visit("GET", "/r/" + node_->tokens().seal({token_purpose::unsubscribe, "default", "a@b.example", "email"})).status,
    404);
  EXPECT_EQ(visit("GET", "/r/nonsense").body, restore_page::told(language::en, why::unknown, {}, {}));
}

TEST_F(links_of_mails, the_preferences_page_changes_nothing_by_being_looked_at) {
  serve();
  for (const char* method : {"GET", "HEAD"}) EXPECT_EQ(visit(method, preferences()).status, 200);
  EXPECT_EQ(visit("GET", preferences()).body, preferences_page::question(language::nl, "Example", "jan@example.com"));
  EXPECT_EQ(visit("POST", preferences(), "choice=everything").status, 400);
  EXPECT_EQ(visit("POST", preferences()).status, 400);
  EXPECT_EQ(visit("POST", "/p/" + preferences().substr(10), "choice=pause").status, 404);
  EXPECT_EQ(applied("preferences"), 0u);
  EXPECT_EQ(applied("consent"), 0u);
}

TEST_F(links_of_mails, a_pause_holds_for_thirty_days_and_recalls_nothing_that_is_later) {
  config_.campaign.cap = 0s;
  serve();
  consent("jan@example.com");
  EXPECT_EQ(left_behind("before", jan), "opt_in");
  for (int i = 0; i < 2; ++i) {
    auto done = visit("POST", preferences(), "choice=pause");
    EXPECT_EQ(done.status, 200);
    EXPECT_THAT(done.body, HasSubstr("4 maart 2026")) << "the first of February, thirty days, and to its end";
  }
  ASSERT_TRUE(tests::eventually([&] { return applied("preferences") == 2; }));
  EXPECT_EQ(left_behind("while", jan), "cap_window");
  EXPECT_EQ(left_behind("other", R"(,"email":"piet@example.com")"), "no_consent") << "nobody else's matter";
  clock_->advance(std::chrono::days{29});
  EXPECT_EQ(left_behind("still", jan), "cap_window");
  clock_->advance(std::chrono::days{2});
  EXPECT_EQ(left_behind("after", jan), "opt_in");
}

TEST_F(links_of_mails, fewer_is_one_a_week_until_it_is_as_usual_again) {
  config_.campaign.cap = 1h;
  config_.campaign.steps.resize(1);  // so that only new carts ask
  serve();
  consent("jan@example.com");
  ASSERT_EQ(visit("POST", preferences(), "choice=fewer").status, 200);
  EXPECT_EQ(left_behind("first", jan), "opt_in");
  wait_for_mails(1);
  clock_->advance(std::chrono::days{6});
  EXPECT_EQ(left_behind("second", jan), "cap_window");
  clock_->advance(std::chrono::days{1});
  EXPECT_EQ(left_behind("third", jan), "opt_in");
  wait_for_mails(2);
  clock_->advance(2h);
  ASSERT_EQ(visit("POST", preferences(), "choice=normal").status, 200);
  EXPECT_EQ(left_behind("fourth", jan), "opt_in");
}

TEST_F(links_of_mails, stop_concerns_a_shops_legal_entity_and_stop_all_every_one) {
  shop_settings other;
  other.legal_entity = "other-bv";
  config_.shops.shops.emplace("other", other);
  config_.campaign.cap = 0s;
  serve();
  auto consents = [&](const std::string& who) {
    for (const char* shop : {"default", "other"})
      post(event("consent", R"(,"email":")" + who + R"(","channel":"email","status":"granted","shop":")" + shop + '"'));
  };
  auto statuses = [&](const std::string& who) {
    std::map<std::string, bool> withdrawn;
    auto told = get("/v1/persons/" + who + "?by=email").json();
    for (const auto& a : told["addresses"])
      for (const auto& c : a["consents"]) withdrawn[c["legal_entity"]] = !c["withdrawn"].is_null();
    return withdrawn;
  };
  using result = std::map<std::string, bool>;
  consents("jan@example.com");
  ASSERT_EQ(visit("POST", preferences(), "choice=stop").status, 200);
  EXPECT_TRUE(tests::eventually([&] {
    return statuses("jan@example.com") == result{{"example-bv", true}, {"other-bv", false}};
  }));
  ASSERT_EQ(visit("POST", preferences(), "choice=stop_all").status, 200);
  EXPECT_TRUE(tests::eventually([&] {
    return statuses("jan@example.com") == result{{"example-bv", true}, {"other-bv", true}};
  }));

  consents("els@example.com");
  const auto leave =
    "/u/" + node_->tokens().seal({token_purpose::unsubscribe, "other", "els@example.com", "email", "fr"});
  EXPECT_THAT(visit("GET", leave).body, AllOf(HasSubstr("name=\"scope\" value=\"all\""), HasSubstr("href=\"../p/"),
                                              HasSubstr("<html lang=\"fr\">")));
  EXPECT_EQ(visit("POST", leave, "List-Unsubscribe=One-Click").body,
            unsubscribe_page::done(language::fr, "Example", "els@example.com"));
  EXPECT_TRUE(tests::eventually([&] {
    return statuses("els@example.com") == result{{"example-bv", false}, {"other-bv", true}};
  }));
  EXPECT_EQ(visit("POST", leave, "List-Unsubscribe=One-Click&scope=all").body,
            unsubscribe_page::done(language::fr, "Example", "els@example.com", unsubscribe_page::scope::all_shops));
  EXPECT_TRUE(tests::eventually([&] {
    return statuses("els@example.com") == result{{"example-bv", true}, {"other-bv", true}};
  }));
}

TEST_F(links_of_mails, an_erased_person_has_no_wishes_left_and_their_withdrawals_stay) {
  serve();
  consent("jan@example.com");
  ASSERT_EQ(visit("POST", preferences(), "choice=fewer").status, 200);
  auto frequency = [&] {
    auto told = get("/v1/persons/jan@example.com?by=email").json();
    return told["addresses"].empty() ? "" : told["addresses"][0]["preferences"].value("frequency", "");
  };
  ASSERT_TRUE(tests::eventually([&] { return frequency() == "weekly"; }));
  post(event("erase", jan));
  EXPECT_TRUE(tests::eventually([&] { return frequency() != "weekly"; }));
}

}  // namespace
}  // namespace cartwheel
