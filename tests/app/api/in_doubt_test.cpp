#include "app/api/in_doubt_command.hpp"
#include "app/commands.hpp"
#include "app/server_query.hpp"
#include "tests/app/api/running_node.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"

#include <gmock/gmock.h>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::HasSubstr;

doubt doubt_of(std::string cart_id, settlement how, uint8_t step = 0) {
  doubt d;
  d.reminder.shop = "default";
  d.reminder.cart_id = std::move(cart_id);
  d.reminder.step = step;
  d.reminder.tick = from_unix_ms(1'769'943'600'000);
  d.reminder.how = how;
  return d;
}

TEST(a_command_about_doubts, means_what_is_held) {
  std::vector<doubt> known{doubt_of("a", settlement::held),     doubt_of("b", settlement::resent),
                           doubt_of("c", settlement::held),     doubt_of("c", settlement::held, 1),
                           doubt_of("d", settlement::in_doubt), doubt_of("d", settlement::held, 2)};
  auto meant = [&](const char* body) {
    auto m = meant_by(body, known);
    std::string which;
    for (const auto& r : m.reminders) which += r.cart_id + std::to_string(r.step);
    return m.refusal ? std::to_string(m.refusal->status) : which;
  };
  EXPECT_EQ(meant(R"({"all":true})"), "a0c0c1d2");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"a"})"), "a0");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"a","cycle":0,"step":0,"decided_ms":1769943600000,"state":"held"})"),
            "a0");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"c","step":1})"), "c1");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"d"})"), "d2") << "the other one is over";
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"c"})"), "409");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"b"})"), "409");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"d","step":0})"), "409");
  EXPECT_EQ(meant(R"({"shop":"default","cart_id":"a","step":1})"), "404");
  EXPECT_EQ(meant(R"({"shop":"other","cart_id":"a"})"), "404");
  for (const char* wrong : {"", "[]", "{}", "nonsense", R"({"all":false})", R"({"shop":"default"})",
                            R"({"shop":"default","cart_id":7})", R"({"shop":"default","cart_id":"a","step":"0"})"})
    EXPECT_EQ(meant(wrong), "400") << wrong;
}

class in_doubt_api : public running_node {
 protected:
  in_doubt_api() {
    config_.outlet.kind = outlet_kind::smtp;
    auto& relay = config_.relays.begin()->second;
    relay.address = "127.0.0.1:" + std::to_string(sink_.port());
    relay.in_doubt = in_doubt_policy::hold;
  }
  http_answer command(const std::string& what, const std::string& body) {
    return ask(node_->http_port(), "POST", "/v1/in-doubt/" + what, body, "Content-Type: application/json\r\n");
  }
  /// A cart whose reminder the relay takes, and hangs up before it says so.
  void abandon(const std::string& cart_id) {
    auto email = R"(,"email":")" + cart_id + R"(+dot=drop@example.org")";
    post("[" + event("consent", email + R"(,"channel":"email","status":"granted","source":"account")") + "," +
         addition(cart_id, R"(,"customer_id":"k-)" + cart_id + "\"" + email) + "]");
    ASSERT_TRUE(open(cart_id));
  }
  json listed() { return get("/v1/in-doubt").json()["in_doubt"]; }
  bool comes_to(const std::string& cart_id, const std::string& state) {
    return tests::eventually([&] {
      for (const auto& d : listed())
        if (d["cart_id"] == cart_id) return d["state"] == state;
      return false;
    });
  }

  smtp::test::loopback_sink sink_;
};

TEST_F(in_doubt_api, lists_releases_and_drops) {
  serve();
  EXPECT_EQ(listed(), json::array());
  EXPECT_EQ(command("release", R"({"all":true})").json(), (json{{"count", 0}}));
  abandon("a");
  abandon("b");
  clock_->advance(21min);
  ASSERT_TRUE(comes_to("a", "held"));
  ASSERT_TRUE(comes_to("b", "held"));
  auto first = listed()[0];
  EXPECT_EQ(first["shop"], "default");
  EXPECT_EQ(first["step"], 0);
  EXPECT_EQ(first["cycle"], 1);
  EXPECT_EQ(first["decided"], "2026-02-01T11:20:00.000Z");
  EXPECT_GE(first["since_ms"], first["decided_ms"]);
  EXPECT_THAT(first["message_id"].get<std::string>(), HasSubstr("@"));
  EXPECT_EQ(get("/v1/in-doubt?limit=1").json()["in_doubt"].size(), 1u);
  EXPECT_EQ(get("/v1/in-doubt?limit=x").status, 400);
  EXPECT_THAT(get("/metrics").body, HasSubstr("cartwheel_in_doubt 2\n"));

  EXPECT_EQ(command("drop", R"({"shop":"default","cart_id":"b","cycle":1,"step":0})").json(), (json{{"count", 1}}));
  EXPECT_TRUE(comes_to("b", "dropped"));
  EXPECT_EQ(command("release", R"({"shop":"default","cart_id":"b"})").status, 409);

  auto before = sink_.taken();
  EXPECT_EQ(command("release", R"({"shop":"default","cart_id":"a"})").status, 200);
  ASSERT_TRUE(tests::eventually([&] { return sink_.taken().size() > before.size(); }));
  ASSERT_EQ(sink_.taken().size(), before.size() + 1);
  auto again = sink_.taken().back();
  EXPECT_THAT(again.recipient, HasSubstr("a+dot"));
  EXPECT_TRUE(std::ranges::any_of(before, [&](const auto& m) { return m.content == again.content; }))
    << "byte for byte";
  EXPECT_TRUE(comes_to("a", "held")) << "in doubt once more";
}

TEST_F(in_doubt_api, wants_json_and_refuses_clearly) {
  serve();
  EXPECT_EQ(ask(node_->http_port(), "POST", "/v1/in-doubt/drop", "{}", "Content-Type: text/plain\r\n").status, 415);
  auto nothing = command("drop", R"({"shop":"default","cart_id":"a"})");
  EXPECT_EQ(nothing.status, 404);
  EXPECT_EQ(nothing.json()["error"], "no such reminder is in doubt");
  EXPECT_EQ(get("/v1/in-doubt/drop").status, 405);
}

TEST_F(in_doubt_api, is_asked_by_the_command_line) {
  config_.http.token = "s3cret";
  serve();
  abandon("a");
  clock_->advance(21min);
  ASSERT_TRUE(comes_to("a", "held"));
  in_doubt_options o;
  auto run = [&](in_doubt_action action) {
    o.action = action;
    testing::internal::CaptureStdout();
    EXPECT_EQ(in_doubt(o), 0);
    return testing::internal::GetCapturedStdout();
  };
  o.sets = {"http.listen=127.0.0.1:" + std::to_string(node_->http_port())};
  auto table = run(in_doubt_action::list);
  EXPECT_THAT(table, HasSubstr("held"));
  EXPECT_THAT(table, HasSubstr("default/a"));
  o.json = true;
  EXPECT_EQ(json::parse(run(in_doubt_action::list))["in_doubt"].size(), 1u);
  o.json = false;
  o.shop = "default";
  o.cart_id = "a";
  o.step = 0;
  EXPECT_EQ(run(in_doubt_action::drop), "dropped: 1\n");
  ASSERT_TRUE(comes_to("a", "dropped"));
  try {
    in_doubt(o);
    ADD_FAILURE() << "it is not held any more";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "it is not held: its state is dropped");
  }
}

TEST(a_query_to_a_server, says_where_nobody_answers) {
  http_settings where;
  where.listen.port = 1;
  try {
    ask_server(where, "GET", "/v1/in-doubt");
    ADD_FAILURE() << "nobody listens there";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("127.0.0.1:1"));
  }
}

TEST_F(in_doubt_api, shows_the_token) {
  config_.http.listen.host = "0.0.0.0";
  config_.http.token = "s3cret";
  serve();
  http_settings where = config_.http;
  where.listen.port = node_->http_port();
  EXPECT_EQ(ask_server_for(where, "GET", "/v1/in-doubt"), "{\"in_doubt\":[]}\n");
  where.token.clear();
  EXPECT_THROW(ask_server_for(where, "GET", "/v1/in-doubt"), std::runtime_error);
}

}  // namespace
}  // namespace cartwheel
