// A node that comes back with another configuration: what is in the log was decided by the one of then.

#include "tests/actors/gateway/interrupted_node.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cartwheel {
namespace {

using test::decision_book;
using test::notebook;
using test::shared_files;
using test::small_node;

class another_configuration : public testing::Test {
 protected:
  ~another_configuration() override {
    if (node_) node_->die();
  }

  deciding_rules& rules(const std::string& name) { return known_[name]; }

  void start(const std::string& name, bool snapshots = false) {
    small_node::options o;
    o.event_clock = event_clock_;
    o.clock = clock_;
    o.campaign = known_.at(name).campaign;
    o.shops = known_.at(name).shops;
    o.configuration = name;
    o.read_configuration = [this](std::string_view text) {
      auto i = known_.find(std::string{text});
      if (i == known_.end()) throw std::runtime_error{"configuration:1: unknown"};
      return i->second;
    };
    o.reminders = &(mails_.emplace_back(std::make_unique<notebook>()), *mails_.back());
    o.snapshot_every = snapshots ? 0ms : 24h;
    o.place = place_.get();
    node_ = std::make_unique<small_node>(*files_, book_, o);
    node_->recover();
    node_->start();
    settled_down();
  }
  void power_fails() {
    node_->settle_down();
    test::lose_power(node_, files_, place_, ++seed_);
  }
  void settled_down() {
    for (int i = 0; i < 2; ++i) take("view_item", R"(,"visitor_id":"anybody")");
    node_->settle_down();
  }
  void take(const std::string& name, const std::string& more) {
    node_->take(R"({"event":")" + name + R"(","time":)" + std::to_string(unix_ms(clock_->now())) + more + "}\n");
  }
  void consent() {
    take("consent",
         R"(,"shop":"s","email":"anna@example.org","channel":"email","status":"granted","source":"account")");
  }
  void fill(const std::string& cart) {
    take("add_to_cart",
         R"(,"shop":"s","email":"anna@example.org","currency":"EUR","items":[{"item_id":"i","price":"1"}])"
         R"(,"cart_id":")" +
           cart + '"');
  }
  /// Lets time pass, with ticks in it.
  void pass(milliseconds time) {
    clock_->advance(time);
    settled_down();
    for (int i = 0; i < 3; ++i) {
      clock_->advance(1s);
      std::this_thread::sleep_for(2ms);  // the committer looks at a clock that is moved by hand now and then
      settled_down();
    }
  }
  std::vector<std::string> decided() {
    std::vector<std::string> out;
    for (const auto& [key, value] : book_.made())
      out.push_back(std::get<2>(key) + std::to_string(std::get<3>(key)) + ' ' +
                    std::string{to_string(std::get<2>(value))});
    return out;
  }
  std::vector<std::string> wait_for_decided(size_t n) {
    for (int i = 0; i < 5000 && decided().size() < n; ++i) {
      clock_->advance(100ms);
      std::this_thread::sleep_for(1ms);
      if (i % 50 == 0) settled_down();
    }
    return decided();
  }
  int64_t open() const { return node_->shards().metrics(0).carts.value() + node_->shards().metrics(0).parked.value(); }

  std::map<std::string, deciding_rules> known_;
  bool event_clock_ = false;
  std::unique_ptr<test::forgetful_parking> place_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(from_unix_ms(1'769'943'600'000));
  std::unique_ptr<shared_files> files_ = std::make_unique<shared_files>();
  decision_book book_;
  std::vector<std::unique_ptr<notebook>> mails_;
  std::unique_ptr<small_node> node_;
  uint64_t seed_ = 0;
};

TEST_F(another_configuration, leaves_a_consent_with_whom_it_was_given_to) {
  rules("first").shops.shops["s"].legal_entity = "one";
  rules("second").shops.shops["s"].legal_entity = "two";
  for (bool snapshots : {false, true}) {
    SCOPED_TRACE(snapshots);
    files_ = std::make_unique<shared_files>();
    book_.forget();
    start("first", snapshots);
    consent();
    power_fails();
    start("second", snapshots);
    fill("c");
    pass(21min);
    EXPECT_EQ(wait_for_decided(1), std::vector<std::string>{"c0 no_consent"}) << "given to one, not to two";
    power_fails();
    start("first", snapshots);
    fill("d");
    pass(21min);
    EXPECT_EQ(wait_for_decided(2), (std::vector<std::string>{"c0 no_consent", "d0 opt_in"}));
    EXPECT_EQ(book_.changed(), 0);
    power_fails();
  }
}

TEST_F(another_configuration, moves_the_next_steps_of_open_carts) {
  rules("slow").campaign.idle = 60min;
  rules("quick").campaign.idle = 5min;
  start("slow");
  consent();
  fill("c");
  pass(10min);
  EXPECT_EQ(decided(), std::vector<std::string>{});
  power_fails();
  start("quick");
  EXPECT_EQ(wait_for_decided(1), std::vector<std::string>{"c0 opt_in"});
  EXPECT_LT(clock_->now() - from_unix_ms(1'769'943'600'000), 20min) << "not when it was due before";
}

TEST_F(another_configuration, reaches_parked_carts) {
  place_ = std::make_unique<test::forgetful_parking>();
  rules("slow").campaign.idle = 24h;
  rules("quick").campaign.idle = 5min;
  start("slow", true);
  consent();
  fill("c");
  pass(10min);
  pass(10min);
  ASSERT_EQ(node_->shards().metrics(0).parked.value(), 1);
  power_fails();
  start("quick", true);
  EXPECT_EQ(wait_for_decided(1), std::vector<std::string>{"c0 opt_in"});
  EXPECT_LT(clock_->now() - from_unix_ms(1'769'943'600'000), 1h);
}

TEST_F(another_configuration, finds_the_carts_of_a_campaign_that_it_enables_the_parked_ones_too) {
  for (bool parked : {false, true}) {
    SCOPED_TRACE(parked);
    files_ = std::make_unique<shared_files>();
    place_ = parked ? std::make_unique<test::forgetful_parking>() : nullptr;
    book_.forget();
    rules("without").campaign.idle = 24h;
    rules("with").campaign.idle = 24h;
    rules("with").campaign.checkout.enabled = true;
    rules("with").campaign.checkout.idle = 5min;
    const auto begin = clock_->now();
    start("without", true);
    consent();
    fill("c");
    take("begin_checkout", R"(,"shop":"s","cart_id":"c")");
    pass(10min);
    pass(10min);
    ASSERT_EQ(node_->shards().metrics(0).parked.value(), parked ? 1 : 0);
    power_fails();
    start("with", true);
    EXPECT_EQ(wait_for_decided(1), std::vector<std::string>{"c0 opt_in"});
    EXPECT_LT(clock_->now() - begin, 1h);
    power_fails();
    start("without", true);
    EXPECT_EQ(book_.changed(), 0);
    EXPECT_EQ(node_->shards().metrics(0).records_unmatched.value(), 0u);
    power_fails();
  }
}

TEST_F(another_configuration, comes_back_to_each_campaigns_decisions_and_claims) {
  auto& all = rules("all").campaign;
  all.checkout.enabled = all.unpaid.enabled = true;
  all.checkout.idle = all.unpaid.idle = 30min;
  all.cap = 0ms;
  for (bool snapshots : {false, true}) {
    SCOPED_TRACE(snapshots);
    files_ = std::make_unique<shared_files>();
    book_.forget();
    start("all", snapshots);
    consent();
    fill("k");
    fill("p");
    take("begin_checkout", R"(,"shop":"s","cart_id":"k")");
    take("purchase", R"(,"shop":"s","cart_id":"p","order_id":"o","payment":"pending")");
    pass(31min);
    const std::vector<std::string> expected{"k0 opt_in", "p0 opt_in"};
    EXPECT_EQ(wait_for_decided(2), expected);
    for (int again = 0; again < 2; ++again) {
      power_fails();
      start("all", snapshots);
      EXPECT_EQ(decided(), expected);
      EXPECT_EQ(book_.changed(), 0);
      EXPECT_EQ(node_->shards().metrics(0).records_unmatched.value(), 0u);
      EXPECT_EQ(node_->shards().metrics(0).claims.value(), 2) << "both wait to be handed out";
    }
    // The cart that waited for its payment follows the checkout's series from the end of its pause on.
    pass(25h);
    EXPECT_EQ(wait_for_decided(3), (std::vector<std::string>{"k0 opt_in", "p0 opt_in", "p0 opt_in"}));
    power_fails();
  }
}

TEST_F(another_configuration, that_has_fewer_steps_ends_what_waits_for_the_others) {
  rules("three");
  rules("one").campaign.steps.resize(1);
  start("three");
  consent();
  fill("c");
  pass(21min);
  ASSERT_EQ(wait_for_decided(1), std::vector<std::string>{"c0 opt_in"});
  pass(std::chrono::days{7});
  ASSERT_EQ(wait_for_decided(2), (std::vector<std::string>{"c0 opt_in", "c1 opt_in"}));
  EXPECT_EQ(open(), 1);
  power_fails();
  start("one");
  auto released = mails_.back()->next_refused();
  ASSERT_TRUE(released);
  EXPECT_EQ(released->first.step, 1);
  EXPECT_EQ(released->second, reason::campaign_off);
  pass(2s);
  EXPECT_EQ(open(), 0);
  power_fails();
  start("three");
  EXPECT_EQ(open(), 0) << "it has ended for good";
  EXPECT_EQ(book_.changed(), 0);
}

TEST_F(another_configuration, does_not_decide_anew_what_a_longer_series_decided) {
  rules("three").campaign.cap = 0ms;
  rules("one").campaign.steps.resize(1);
  start("three");
  consent();
  fill("c");
  pass(21min);
  pass(std::chrono::days{7});
  pass(std::chrono::days{7});
  const auto all = wait_for_decided(3);
  ASSERT_EQ(all.size(), 3u);
  power_fails();
  start("one");
  EXPECT_EQ(decided(), all);
  EXPECT_EQ(book_.changed(), 0);
  EXPECT_EQ(node_->shards().metrics(0).records_unmatched.value(), 0u);
  EXPECT_EQ(open(), 0);
}

TEST_F(another_configuration, decides_the_same_again_on_the_events_own_clock) {
  event_clock_ = true;
  rules("first").campaign.idle = 20min;
  rules("second").campaign.idle = 10min;
  start("first");
  consent();
  fill("c");
  clock_->advance(15min);
  take("view_item", R"(,"visitor_id":"v")");
  power_fails();
  start("second");
  fill("d");
  clock_->advance(11min);
  take("view_item", R"(,"visitor_id":"v")");
  clock_->advance(2s);
  take("view_item", R"(,"visitor_id":"v")");
  node_->settle_down();
  const auto made = book_.made();
  ASSERT_EQ(made.size(), 2u) << "c at the start of the second, d after ten minutes";
  power_fails();
  for (const auto* name : {"first", "second"}) {
    book_.forget();
    start(name);
    node_->settle_down();
    EXPECT_EQ(book_.made(), made) << name;
    power_fails();
  }
}

TEST_F(another_configuration, that_cannot_be_read_any_more_is_refused_with_its_place) {
  rules("first");
  rules("second");
  start("first");
  power_fails();
  known_.erase("first");
  try {
    start("second");
    FAIL() << "started";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string{e.what()}.find("record 1 cannot be read: its configuration is not known to this version: "
                                         "configuration:1: unknown"),
              std::string::npos)
      << e.what();
  }
}

}  // namespace
}  // namespace cartwheel
