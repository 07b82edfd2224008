#include "app/commands.hpp"
#include "tests/app/api/running_node.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace cartwheel {
namespace {

using testing::HasSubstr;

class history_api : public running_node {
 protected:
  void decide(const std::string& cart_id) {
    post(addition(cart_id));
    ASSERT_TRUE(open(cart_id));
    clock_->advance(21min);
    ASSERT_TRUE(tests::eventually([&] { return !get(cart(cart_id)).json()["decisions"].empty(); }));
  }
};

TEST_F(history_api, is_there_after_a_restart) {
  serve();
  decide("c1");
  post(event("purchase", R"(,"cart_id":"c1","order_id":"o1","customer_id":"k")"));
  post("{\"event\":\"add_to_cart\",\"cart_id\":\"x\"}");
  ASSERT_TRUE(tests::eventually([&] { return !get(cart("c1")).json().value("open", true); }));
  node_.reset();
  serve();
  EXPECT_EQ(get("/v1/decisions").json()["decisions"].size(), 1u);
  EXPECT_EQ(get("/v1/dead-letters").json()["dead_letters"].size(), 1u);
  auto over = get(cart("c1"));
  EXPECT_EQ(over.status, 200);
  EXPECT_EQ(over.json()["open"], false);
  EXPECT_EQ(over.json()["decisions"].size(), 1u);
  decide("c2");
  auto newest = get("/v1/decisions?limit=1").json()["decisions"];
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0]["cart_id"], "c2");
}

TEST_F(history_api, of_a_cart_has_a_limit) {
  serve();
  decide("c1");
  EXPECT_EQ(get(cart("c1") + "?limit=1").json()["decisions"].size(), 1u);
  EXPECT_EQ(get(cart("c1") + "?limit=0").status, 400);
}

TEST_F(history_api, is_asked_by_the_command_line) {
  serve();
  post("{\"event\":\"add_to_cart\",\"cart_id\":\"x\"}");
  ASSERT_TRUE(tests::eventually([&] { return !get("/v1/dead-letters").json()["dead_letters"].empty(); }));
  dead_letters_options o;
  o.sets = {"http.listen=127.0.0.1:" + std::to_string(node_->http_port())};
  testing::internal::CaptureStdout();
  EXPECT_EQ(dead_letters(o), 0);
  auto text = testing::internal::GetCapturedStdout();
  EXPECT_THAT(text, HasSubstr("2026-02-01T11:00:00.000Z"));
  EXPECT_THAT(text, HasSubstr(R"({"event":"add_to_cart","cart_id":"x"})"));
  o.json = true;
  testing::internal::CaptureStdout();
  EXPECT_EQ(dead_letters(o), 0);
  EXPECT_EQ(nlohmann::json::parse(testing::internal::GetCapturedStdout())["dead_letters"].size(), 1u);
}

TEST_F(history_api, a_store_that_cannot_be_opened_is_named) {
  std::filesystem::create_directories(folder_ / "data" / "store");
  std::ofstream{folder_ / "data" / "store" / "something"} << "else";
  try {
    serve();
    ADD_FAILURE() << "that is no store";
  } catch (const std::exception& e) {
    EXPECT_THAT(e.what(), HasSubstr((folder_ / "data" / "store").string()));
  }
}

}  // namespace
}  // namespace cartwheel
