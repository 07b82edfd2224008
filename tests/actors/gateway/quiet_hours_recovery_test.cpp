// Steps that wait for their time of day, in a node that lives through the night or comes back in it.

#include "tests/actors/gateway/interrupted_node.hpp"

namespace cartwheel {
namespace {

using test::eleven;

class a_deferred_reminder : public test::interrupted_node {
 protected:
  a_deferred_reminder() { campaign_.hours = {"10:00-14:00", "", 30min}; }

  /// Anna, who is at home where it is UTC, and Bhim, for whom it is 16:45 now.
  void two_carts() {
    for (const std::string who : {"anna", "bhim"}) {
      take("consent",
           R"(,"email":")" + who + R"(@example.org","channel":"email","status":"granted","source":"account")");
      take("identify", R"(,"customer_id":")" + who + R"(","email":")" + who + R"(@example.org")" +
                         (who == "bhim" ? R"(,"time_zone":"Asia/Kathmandu")" : ""));
      take("add_to_cart", R"(,"customer_id":")" + who + R"(","cart_id":")" + who +
                            R"(","currency":"EUR","items":[{"item_id":"i","price":"1"}])");
    }
  }
  uint64_t deferred() {
    return node_->shards().metrics(0).deferred.value() + node_->shards().metrics(1).deferred.value();
  }
  /// "CART REASON", and how long after eleven.
  std::vector<std::pair<std::string, milliseconds>> decided() {
    std::vector<std::pair<std::string, milliseconds>> out;
    for (const auto& [key, value] : book_.made())
      out.emplace_back(std::get<2>(key) + ' ' + std::string{to_string(std::get<2>(value))},
                       milliseconds{std::get<0>(key)} - eleven.time_since_epoch());
    return out;
  }
  /// What became of Anna's first reminder, which no earlier than 14:00, and within the spread, is decided.
  std::string of_anna() {
    for (const auto& [what, when] : decided())
      if (what.starts_with("anna ")) {
        EXPECT_GE(when, 3h);
        EXPECT_LE(when, 3h + 30min + 10s);
        return what;
      }
    return "nothing";
  }
};

TEST_P(a_deferred_reminder, comes_up_again_in_the_hours_of_its_shopper) {
  start();
  two_carts();
  until(30min);
  until(60min);
  ASSERT_EQ(decided().size(), 1u) << "Bhim's, at once";
  EXPECT_EQ(decided()[0].first, "bhim opt_in");
  EXPECT_LE(decided()[0].second, 21min);
  EXPECT_EQ(deferred(), 1u);
  const auto idle = node_->shards().metrics(0).parked.value() + node_->shards().metrics(1).parked.value();
  EXPECT_EQ(idle > 0, parked());
  until(2h + 59min);
  EXPECT_EQ(decided().size(), 1u);
  until(4h);
  EXPECT_EQ(of_anna(), "anna opt_in");
  EXPECT_EQ(decided().size(), 2u);
  EXPECT_EQ(deferred(), 1u);
  EXPECT_EQ(node_->shards().metrics(0).carts_abandoned.value() + node_->shards().metrics(1).carts_abandoned.value(), 2u)
    << "counted once";
}

TEST_P(a_deferred_reminder, waits_on_when_the_power_fails) {
  start();
  two_carts();
  until(60min);
  power_fails();
  start();
  until(2h);
  EXPECT_EQ(decided().size(), 1u);
  power_fails();
  start();
  until(4h);
  EXPECT_EQ(of_anna(), "anna opt_in");
  power_fails();
  start();
  until(4h + 30min);
  EXPECT_EQ(decided().size(), 2u);
  EXPECT_EQ(book_.changed(), 0);
}

TEST_P(a_deferred_reminder, waits_on_when_the_machines_clock_was_set_back_into_the_day) {
  start();
  two_carts();
  until(60min);
  power_fails();
  clock_ = std::make_shared<manual_clock>(eleven - 2h);  // 09:00: not quiet yet, and the log knows better
  start();
  tick();
  EXPECT_EQ(decided().size(), 1u) << "Bhim's, of before";
  until(2h);
  EXPECT_EQ(decided().size(), 1u);
  until(4h);
  EXPECT_EQ(of_anna(), "anna opt_in");
  EXPECT_EQ(decided().size(), 2u);
  EXPECT_EQ(book_.changed(), 0);
}

TEST_P(a_deferred_reminder, is_not_sent_to_who_orders_elsewhere_meanwhile) {
  start();
  two_carts();
  until(60min);
  take("purchase", R"(,"customer_id":"anna","order_id":"o","cart_id":"another")");
  until(4h);
  EXPECT_EQ(of_anna(), "anna ordered_other_cart");
}

TEST_P(a_deferred_reminder, is_not_sent_to_who_withdraws_meanwhile) {
  start();
  two_carts();
  until(60min);
  take("consent", R"(,"email":"anna@example.org","channel":"email","status":"withdrawn")");
  until(4h);
  EXPECT_EQ(of_anna(), "anna consent_withdrawn");
}

TEST_P(a_deferred_reminder, begins_anew_with_an_addition_and_ends_with_the_cart) {
  start();
  two_carts();
  until(60min);
  take("add_to_cart",
       R"(,"customer_id":"anna","cart_id":"anna","currency":"EUR","items":[{"item_id":"j","price":"1"}])");
  until(90min);
  EXPECT_EQ(deferred(), 2u) << "of the new cycle, too";
  take("purchase", R"(,"customer_id":"anna","order_id":"o","cart_id":"anna")");
  until(5h);
  EXPECT_EQ(of_anna(), "nothing");
}

TEST_P(a_deferred_reminder, that_was_claimed_in_time_and_got_no_credit_leaves_when_the_hours_are_over) {
  campaign_.hours = {"12:00-14:00", "", 0s};
  start();
  two_carts();
  until(30min);
  ASSERT_EQ(decided().size(), 2u) << "at 11:20";
  until(90min);
  auto credits = [&] {
    for (auto shard : {shard_id{0}, shard_id{1}}) node_->events().grant(shard, 2);
  };
  credits();
  auto first = mails_.next_offer();
  ASSERT_TRUE(first);
  if (event_clock()) {  // a mail leaves in the moment it was decided
    EXPECT_TRUE(mails_.next_offer());
    return;
  }
  EXPECT_EQ(first->cart_id, "bhim");
  EXPECT_EQ(first->quiet_from, eleven + 19h + 15min) << "12:00 in Kathmandu, tomorrow";
  tick();
  EXPECT_TRUE(mails_.has_heard_of_nothing()) << "of Anna's";
  until(3h + 1min);
  credits();
  auto second = mails_.next_offer();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->cart_id, "anna");
  EXPECT_EQ(second->quiet_from, eleven + 25h);
  EXPECT_TRUE(mails_.has_heard_of_nothing());
  EXPECT_EQ(decided().size(), 2u) << "it is the claim of before";
}

INSTANTIATE_TEST_SUITE_P(in_every_node, a_deferred_reminder,
                         testing::Values(std::tuple{false, false, false}, std::tuple{true, false, false},
                                         std::tuple{true, true, false}, std::tuple{false, true, false},
                                         std::tuple{false, false, true}, std::tuple{true, true, true}),
                         [](const auto& p) {
                           return std::string{std::get<0>(p.param) ? "snapshots" : "log"} +
                                  (std::get<1>(p.param) ? "_parked" : "") +
                                  (std::get<2>(p.param) ? "_event_clock" : "_wall_clock");
                         });

}  // namespace
}  // namespace cartwheel
