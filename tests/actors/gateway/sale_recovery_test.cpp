// Sales in a node that lives on, that comes back, and that comes back with another number of shards.

#include "actors/shard/beside_key.hpp"
#include "tests/actors/gateway/interrupted_node.hpp"

namespace cartwheel {
namespace {

class a_sale : public test::interrupted_node {
 protected:
  a_sale() {
    campaign_.after_purchase.enabled = true;
    campaign_.after_purchase.idle = 3h;
    campaign_.cap = 0ms;
  }

  void buys(const std::string& who, const std::string& payment = "paid") {
    take("purchase", R"(,"customer_id":")" + who + R"(","order_id":")" + who + R"(","email":")" + who +
                       R"(@example.org","payment":")" + payment + R"(","items":[{"item_id":"i","item_name":"Tea"}])");
  }
  void about(const std::string& event, const std::string& order) { take(event, R"(,"order_id":")" + order + R"(")"); }
  /// "ORDER REASON" of each decision.
  std::vector<std::string> decided() {
    std::vector<std::string> out;
    for (const auto& [key, value] : book_.made()) {
      EXPECT_EQ(subject_of_key(std::get<2>(key)), cart_subject::sale);
      out.push_back(std::get<2>(key).substr(1) + ' ' + std::string{to_string(std::get<2>(value))});
    }
    return out;
  }
};

TEST_P(a_sale, is_reminded_of_once_it_was_paid_and_not_when_it_was_refunded_or_cancelled) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) buys(who);
  buys("dora", "pending");
  buys("emil", "pending");
  until(1h);
  about("refund", "bhim");
  about("order_cancelled", "carl");
  about("order_paid", "dora");
  until(2h + 59min);
  EXPECT_TRUE(decided().empty());
  until(3h + 1min);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna existing_customer"}));
  until(4h + 1min);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna existing_customer", "dora existing_customer"}));
}

TEST_P(a_sale, waits_on_when_the_power_fails_whatever_the_number_of_shards) {
  start();
  for (const auto* who : {"anna", "bhim", "carl", "dora"}) buys(who);
  until(1h);
  power_fails();
  start(3);
  about("refund", "bhim");
  until(2h);
  power_fails();
  start(1);
  take("erase", R"(,"customer_id":"carl")");
  until(3h + 5min);
  power_fails();
  start(2);
  until(4h);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna existing_customer", "dora existing_customer"}));
  EXPECT_EQ(book_.changed(), 0);
}

TEST_P(a_sale, is_over_with_its_person_whoever_asks_for_it) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) buys(who);
  until(1h);
  take("erase", R"(,"customer_id":"anna")");
  take("erase", R"(,"email":"bhim@example.org")");
  until(4h);
  EXPECT_EQ(decided(), (std::vector<std::string>{"carl existing_customer"}));
}

TEST_P(a_sale, takes_its_mail_back_when_it_is_refunded_behind_its_last_step) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) buys(who);
  until(3h + 1min);
  EXPECT_EQ(decided().size(), 3u);
  EXPECT_TRUE(mails_.has_heard_of_nothing());
  about("refund", "bhim");
  tick();
  auto taken_back = mails_.next_refused();
  ASSERT_TRUE(taken_back);
  EXPECT_EQ(taken_back->first.customer, "bhim");
  EXPECT_EQ(taken_back->second, reason::recalled_queue);
  power_fails();
  start(3);
  taken_back = mails_.next_refused();
  ASSERT_TRUE(taken_back) << "told again, for no record says that it was settled";
  EXPECT_EQ(taken_back->first.customer, "bhim");
  EXPECT_TRUE(mails_.has_heard_of_nothing());
  about("order_cancelled", "carl");
  tick();
  taken_back = mails_.next_refused();
  ASSERT_TRUE(taken_back) << "also of a claim that has come back";
  EXPECT_EQ(taken_back->first.customer, "carl");
  about("refund", "carl");
  tick();
  EXPECT_TRUE(mails_.has_heard_of_nothing()) << "once";
}

TEST_P(a_sale, does_not_mind_that_its_buyer_orders_again) {
  start();
  buys("anna");
  until(1h);
  take("purchase", R"(,"customer_id":"anna","order_id":"another","payment":"offline")");
  until(4h);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna existing_customer"}));
}

INSTANTIATE_TEST_SUITE_P(snapshots_parking_clock, a_sale,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace cartwheel
