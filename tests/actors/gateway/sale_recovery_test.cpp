// Sales in a node that lives on, that comes back, and that comes back with another number of shards.

#include "actors/shard/beside_key.hpp"
#include "tests/actors/gateway/notebook.hpp"
#include "tests/actors/gateway/recovery_world.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using test::decision_book;
using test::notebook;
using test::shared_files;
using test::small_node;

constexpr instant beginning = from_unix_ms(1'769'943'600'000);

class a_sale : public testing::TestWithParam<std::tuple<bool, bool, bool>> {
 protected:
  a_sale() {
    if (parked()) place_ = std::make_unique<test::forgetful_parking>();
    campaign_.after_purchase.enabled = true;
    campaign_.after_purchase.idle = 3h;
    campaign_.cap = 0ms;
  }
  ~a_sale() override {
    if (node_) node_->die();
  }
  static bool snapshots() { return std::get<0>(GetParam()); }
  static bool parked() { return std::get<1>(GetParam()); }
  static bool event_clock() { return std::get<2>(GetParam()); }

  void start(uint16_t shards = 2) {
    small_node::options o;
    o.shards = shards;
    o.event_clock = event_clock();
    o.clock = clock_;
    o.campaign = campaign_;
    o.reminders = &mails_;
    o.snapshot_every = snapshots() ? 0ms : 24h;
    o.place = place_.get();
    node_ = std::make_unique<small_node>(*files_, book_, o);
    node_->recover();
    node_->start();
    tick();
  }
  void power_fails() {
    node_->settle_down();
    std::unique_ptr<shared_files> left;
    std::unique_ptr<test::forgetful_parking> left_there;
    auto files_are_lost = [&] { left = files_->after_crash(++seed_); };
    if (place_)
      left_there = place_->after_crash(seed_, files_are_lost);
    else
      files_are_lost();
    node_->die();
    node_.reset();
    files_ = std::move(left);
    place_ = std::move(left_there);
  }
  void take(const std::string& name, const std::string& more) {
    node_->take(R"({"event":")" + name + R"(","time":)" + std::to_string(unix_ms(clock_->now())) + R"(,"shop":"s")" +
                more + "}\n");
  }
  void tick() {
    for (int i = 0; i < 3; ++i) {
      clock_->advance(1s);
      std::this_thread::sleep_for(2ms);  // the committer looks at a clock that is moved by hand now and then
      for (int n = 0; n < 2; ++n) take("view_item", R"(,"visitor_id":"anybody")");
      node_->settle_down();
    }
  }
  void until(milliseconds later) {
    clock_->advance(beginning + later - clock_->now());
    tick();
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

  campaign_settings campaign_;
  std::unique_ptr<test::forgetful_parking> place_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(beginning);
  std::unique_ptr<shared_files> files_ = std::make_unique<shared_files>();
  decision_book book_;
  notebook mails_;
  std::unique_ptr<small_node> node_;
  uint64_t seed_ = 0;
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
