#include "app/api/internal_api.hpp"

#include "app/api/metrics_page.hpp"
#include "tests/app/api/running_node.hpp"

#include <thread>
#include <vector>

namespace cartwheel {
namespace {

using nlohmann::json;
using internal_api_test = running_node;

TEST_F(internal_api_test, health_and_readiness) {
  serve();
  auto health = get("/healthz");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, "ok\n");
  auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.json(),
            (json{{"ready", true}, {"journal", {{"sync", "always"}, {"kind", "segments"}}}, {"holding", false}}));
}

TEST_F(internal_api_test, nothing_else_is_served) {
  serve();
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(ask(node_->http_port(), "DELETE", "/metrics").status, 405);
  EXPECT_EQ(ask(node_->http_port(), "HEAD", "/healthz").status, 200);
}

TEST_F(internal_api_test, lines_are_taken_and_refused_one_by_one) {
  serve();
  auto a = post(addition("c1") + "\n\n{\"event\":\"add_to_cart\"}\nnonsense\n" + addition("c2") + "\n",
                "application/x-ndjson; charset=utf-8");
  EXPECT_EQ(a.status, 207) << a.body;
  auto j = a.json();
  EXPECT_EQ(j["accepted"], 2);
  ASSERT_EQ(j["refused"].size(), 2u);
  EXPECT_EQ(j["refused"][0]["line"], 3) << "an empty line counts";
  EXPECT_EQ(j["refused"][1]["line"], 4);
  EXPECT_TRUE(open("c1"));
  EXPECT_TRUE(open("c2"));
}

TEST_F(internal_api_test, documents_and_cloudevents) {
  serve();
  EXPECT_EQ(post(addition("one")).json(), (json{{"accepted", 1}, {"refused", json::array()}}));
  auto array = post("[" + addition("two") + ",7]");
  EXPECT_EQ(array.status, 207);
  EXPECT_EQ(array.json()["refused"][0]["index"], 1);
  auto cloud = R"({"specversion":"1.0","id":"x1","source":"/s","type":"t","data":)" + addition("three") + "}";
  EXPECT_EQ(post(cloud, "application/cloudevents+json").status, 200);
  EXPECT_EQ(post("[" + cloud + "]", "application/cloudevents-batch+json").status, 200);
  for (const char* id : {"one", "two", "three"}) EXPECT_TRUE(open(id)) << id;
}

TEST_F(internal_api_test, bodies_that_carry_no_events) {
  serve();
  EXPECT_EQ(post("").status, 400);
  EXPECT_EQ(post(" \n\n").status, 400);
  auto broken = post("{\"event\"");
  EXPECT_EQ(broken.status, 400);
  EXPECT_TRUE(broken.json().contains("error"));
  auto text = post(addition("c"), "text/plain");
  EXPECT_EQ(text.status, 415);
  EXPECT_NE(text.header("Accept-Post").find("application/x-ndjson"), std::string::npos);
  EXPECT_EQ(ask(node_->http_port(), "POST", "/v1/events", addition("c")).status, 415) << "no type at all";
  auto coded = ask(node_->http_port(), "POST", "/v1/events", addition("c"),
                   "Content-Type: application/json\r\nContent-Encoding: gzip\r\n");
  EXPECT_EQ(coded.status, 415);
  EXPECT_EQ(get(cart("c")).status, 404);
}

TEST_F(internal_api_test, an_open_cart_tells_what_it_knows) {
  serve();
  post(addition("a%2Fb", R"(,"customer_id":"k1","cart_url":"https://shop.example/cart")"));
  ASSERT_TRUE(open("a%252Fb"));
  auto j = get(cart("a%252Fb")).json();
  EXPECT_EQ(j["cart_id"], "a%2Fb");
  EXPECT_EQ(j["customer_id"], "k1");
  EXPECT_EQ(j["currency"], "EUR");
  EXPECT_EQ(j["value"], "25.00");
  EXPECT_EQ(j["last_add"], "2026-02-01T11:00:00.000Z");
  EXPECT_EQ(j["lines"][0]["price"], "12.50");
  EXPECT_EQ(j["lines"][0]["quantity"], 2);
  EXPECT_EQ(j["step"], 0);
  EXPECT_EQ(j["due"], "2026-02-01T11:20:00.000Z");
  EXPECT_EQ(j["decisions"], json::array());
}

TEST_F(internal_api_test, a_cart_nobody_knows) {
  serve();
  EXPECT_EQ(get(cart("c")).status, 404);
  EXPECT_EQ(get("/v1/carts/some-shop/c").status, 404);
  EXPECT_EQ(get("/v1/carts/c").status, 404);
}

TEST_F(internal_api_test, decisions_are_listed_and_kept_beyond_the_carts_end) {
  serve();
  post(addition("c1"));
  post(addition("c2"));
  ASSERT_TRUE(open("c1") && open("c2"));
  clock_->advance(21min);
  ASSERT_TRUE(tests::eventually([&] { return get("/v1/decisions").json()["decisions"].size() == 2; }));
  auto newest = get("/v1/decisions?limit=1").json()["decisions"];
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0]["outcome"], "refused");
  EXPECT_EQ(newest[0]["reason"], "no_address");
  auto told = get(cart("c1")).json();
  EXPECT_EQ(told["open"], true);
  EXPECT_EQ(told["step"], 1);
  ASSERT_EQ(told["decisions"].size(), 1u);
  EXPECT_EQ(told["decisions"][0]["cart_id"], "c1");

  post(event("purchase", R"(,"cart_id":"c1","order_id":"o1","customer_id":"k")"));
  ASSERT_TRUE(tests::eventually([&] { return !get(cart("c1")).json().value("open", true); }));
  auto over = get(cart("c1"));
  EXPECT_EQ(over.status, 200);
  EXPECT_EQ(over.json()["decisions"].size(), 1u);
}

TEST_F(internal_api_test, limits_are_numbers) {
  serve();
  for (const char* limit : {"0", "-1", "x", "1x", "", "1.5"}) {
    EXPECT_EQ(get(std::string{"/v1/decisions?limit="} + limit).status, 400) << limit;
    EXPECT_EQ(get(std::string{"/v1/dead-letters?limit="} + limit).status, 400) << limit;
  }
  for (const char* limit : {"1", "10000", "10001", "99999999999999999999999"})
    EXPECT_EQ(get(std::string{"/v1/decisions?limit="} + limit).status, 200) << limit;
}

TEST_F(internal_api_test, dead_letters_show_the_newest_first) {
  serve();
  post("{\"event\":\"add_to_cart\",\"cart_id\":\"first\"}");
  post("{\"event\":\"add_to_cart\",\"cart_id\":\"second\"}");
  // They are told where they stand in the log, which is behind the answer.
  ASSERT_TRUE(tests::eventually([&] { return get("/v1/dead-letters").json()["dead_letters"].size() == 2; }));
  auto letters = get("/v1/dead-letters").json()["dead_letters"];
  EXPECT_EQ(letters[0]["event"], "{\"event\":\"add_to_cart\",\"cart_id\":\"second\"}");
  EXPECT_EQ(letters[0]["time"], unix_ms(start));
  EXPECT_FALSE(letters[0]["reason"].get<std::string>().empty());
  EXPECT_EQ(get("/v1/dead-letters?limit=1").json()["dead_letters"].size(), 1u);
}

TEST_F(internal_api_test, metrics_count_what_happened) {
  serve();
  post("[" + addition("c1", R"(,"event_id":"e1")") + "," + addition("c1", R"(,"event_id":"e1")") + "," +
       event("dance", "") + ",7]");
  ASSERT_TRUE(open("c1"));
  auto page = get("/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("Content-Type"), metrics_content_type);
  for (const char* sample : {
         "cartwheel_events_total{event=\"add_to_cart\",result=\"applied\"} 1\n",
         "cartwheel_events_total{event=\"add_to_cart\",result=\"duplicate\"} 1\n",
         "cartwheel_events_total{event=\"other\",result=\"ignored\"} 1\n",
         "cartwheel_events_total{event=\"other\",result=\"refused\"} 1\n",
         "cartwheel_carts_active 1\n",
         "cartwheel_carts_opened_total 1\n",
       })
    EXPECT_NE(page.body.find(sample), std::string::npos) << sample << page.body;
  clock_->advance(10min);
  EXPECT_TRUE(tests::eventually(
    [&] { return get("/metrics").body.find("cartwheel_carts_due{within=\"15m\"} 1\n") != std::string::npos; }))
    << get("/metrics").body;
}

TEST_F(internal_api_test, a_token_is_wanted_beyond_loopback) {
  config_.http.listen.host = "0.0.0.0";
  config_.http.token = "s3cret";
  serve();
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  for (const char* path : {"/metrics", "/v1/decisions", "/v1/carts/default/c", "/nothing", "/healthz/", "//healthz"}) {
    auto refused = get(path);
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer realm=\"cartwheel\"");
    EXPECT_EQ(get(path, "Authorization: Bearer wrong\r\n").status, 401) << path;
  }
  EXPECT_EQ(post(addition("c")).status, 401);
  EXPECT_EQ(get("/metrics", "Authorization: Bearer s3cret\r\n").status, 200);
  EXPECT_EQ(get(cart("c"), "Authorization: Bearer s3cret\r\n").status, 404) << "nothing was taken";
}

TEST_F(internal_api_test, on_loopback_none_is) {
  config_.http.token = "s3cret";
  serve();
  EXPECT_EQ(get("/metrics").status, 200);
}

TEST_F(internal_api_test, many_ask_at_once_while_the_server_ends) {
  serve();
  post(addition("c"));
  ASSERT_TRUE(open("c"));
  auto port = node_->http_port();
  std::atomic<size_t> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      // Until nobody listens any more.
      while (true) {
        auto a = ask(port, "GET", cart("c"));
        if (a.status == 0) return;
        EXPECT_TRUE(a.status == 200 || a.status == 503 || a.status == 404) << a.status;
        ++answered;
      }
    });
  tests::eventually([&] { return answered > 200; });
  node_->drain(5s);
  for (auto& c : clients) c.join();
  EXPECT_GT(answered, 200u);
}

}  // namespace
}  // namespace cartwheel
