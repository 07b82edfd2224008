// News of products, in a node that lives on, that comes back, and that comes back with another number of shards.

#include "tests/actors/gateway/interrupted_node.hpp"

namespace cartwheel {
namespace {

class news_of_a_product : public test::interrupted_node {
 protected:
  news_of_a_product() {
    campaign_.stock.enabled = campaign_.price.enabled = true;
    campaign_.cap = 0ms;
  }

  void fills_a_cart(const std::string& who) {
    take("identify", R"(,"customer_id":")" + who + R"(","email":")" + who + R"(@example.org")");
    take("consent", R"(,"email":")" + who + R"(@example.org","channel":"email","status":"granted","source":"account")");
    take("add_to_cart", R"(,"customer_id":")" + who + R"(","cart_id":")" + who +
                          R"(","currency":"EUR","items":[{"item_id":"tea","price":"10.00"},{"item_id":")" + who +
                          R"(","price":"1.00"}])");
  }
  void changes(const std::string& item, const std::string& how) {
    take("item_changed", R"(,"item_id":")" + item + R"(","currency":"EUR",)" + how);
  }
  /// "CART STEP REASON" of each decision.
  std::vector<std::string> decided() {
    std::vector<std::string> out;
    for (const auto& [key, value] : book_.made())
      out.push_back(std::get<2>(key) + ' ' + std::to_string(std::get<3>(key)) + ' ' +
                    std::string{to_string(std::get<2>(value))});
    return out;
  }
};

const std::vector<std::string> first_ones{"anna 0 opt_in", "bhim 0 opt_in"};
const std::vector<std::string> and_of_anna{"anna 0 opt_in", "bhim 0 opt_in", "anna 0 opt_in"};

TEST_P(news_of_a_product, reach_the_carts_that_hold_it_behind_their_first_reminder_and_once) {
  start();
  for (const auto* who : {"anna", "bhim"}) fills_a_cart(who);
  changes("anna", R"("stock":0)");
  changes("anna", R"("stock":4)");  // nobody has been reminded yet
  until(30min);
  EXPECT_EQ(decided(), first_ones);
  changes("anna", R"("price":"0.95")");
  until(2h);
  EXPECT_EQ(decided(), first_ones) << "5 % are not 10";
  changes("anna", R"("stock":0)");
  changes("anna", R"("stock":4)");
  until(3h);
  EXPECT_EQ(decided(), and_of_anna);
  changes("anna", R"("price":"0.50")");
  until(5h);
  EXPECT_EQ(decided(), and_of_anna) << "once in a cycle";
  changes("tea", R"("price":"9.00")");
  until(6h);
  EXPECT_EQ(decided().size(), 4u) << "bhim's, to whom it is news";
  EXPECT_EQ(decided().back(), "bhim 0 opt_in");
  until(std::chrono::days{7} + 1h);
  EXPECT_EQ(decided().size(), 6u) << "the series goes on";
  EXPECT_EQ(decided().back(), "bhim 1 opt_in");
}

TEST_P(news_of_a_product, find_their_carts_when_the_power_has_failed_whatever_the_number_of_shards) {
  start();
  for (const auto* who : {"anna", "bhim"}) fills_a_cart(who);
  changes("anna", R"("stock":0)");
  until(30min);
  power_fails();
  start(3);
  until(1h);
  changes("anna", R"("stock":1)");
  power_fails();
  start(1);
  until(3h);
  power_fails();
  start(2);
  until(4h);
  EXPECT_EQ(decided(), and_of_anna);
  EXPECT_EQ(book_.changed(), 0);
}

INSTANTIATE_TEST_SUITE_P(snapshots_parking_clock, news_of_a_product,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace cartwheel
