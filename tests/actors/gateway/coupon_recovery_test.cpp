// Coupon codes over losses of power at any moment: what was in a mail is never given again, what came back is free again.

#include "tests/actors/gateway/recovery_world.hpp"

#include <gtest/gtest.h>

#include <future>
#include <random>
#include <set>

namespace cartwheel {
namespace {

using test::decision_book;
using test::shared_files;
using test::small_node;

constexpr currency_code eur{{'E', 'U', 'R'}};

class coupons_over_power_cuts : public ::testing::TestWithParam<int> {
 protected:
  coupons_over_power_cuts() { start(); }
  ~coupons_over_power_cuts() override { node_->die(); }

  void start() {
    desk_ = std::make_unique<coupon_desk>(coupon_pools{{"spring", {.percent = 10, .cooldown = 0ms}}});
    small_node::options o;
    o.shards = static_cast<uint16_t>(1 + random_() % 3);  // another number in each process
    o.event_clock = false;
    o.clock = clock_;
    o.coupons = desk_.get();
    node_ = std::make_unique<small_node>(*files_, book_, o);
    node_->recover();
    node_->start();
  }
  void power_fails() {
    auto left = files_->after_crash(static_cast<uint64_t>(random_()));
    node_->die();
    node_.reset();
    files_ = std::move(left);
    start();
  }
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  template <class Call>
  bool durably(Call call) {
    std::promise<bool> durable;
    call([&](bool ok) { durable.set_value(ok); });
    return durable.get_future().get();
  }
  void bring(const std::string& code) {
    EXPECT_TRUE(durably([&](auto done) { node_->events().take_codes({{"spring", code, never}}, done); }));
  }
  settled_reminder claim() {
    settled_reminder r;
    r.shop = "default";
    r.cart_id = "c" + std::to_string(++carts_);
    r.tick = clock_->now();
    r.address = {static_cast<uint64_t>(carts_), 1};
    return r;
  }
  std::optional<given_coupon> take(const settled_reminder& r) {
    return desk_->take({name_of(r), coupon_cart(r.shop, r.cart_id), "spring", r.address, eur, 100, clock_->now()});
  }
  static std::string name_of(const settled_reminder& r) {
    return coupon_claim(r.shop, r.cart_id, r.tick, r.cycle, r.step);
  }
  void intend(settled_reminder r) {
    r.how = settlement::offered;
    EXPECT_TRUE(durably([&](auto done) { node_->events().write_intents({r}, done); }));
  }
  void settle(settled_reminder r, settlement how) {
    r.how = how;
    node_->events().settle({std::move(r)});
  }
  /// What is acknowledged is durable; what lies before it has been worked through when the next is acknowledged.
  void caught_up() {
    for (int turn = 0; turn < 2; ++turn)
      node_->take(R"({"event":"view_item","visitor_id":"anybody","time":)" + std::to_string(unix_ms(clock_->now())) +
                  "}\n");
    node_->settle_down();
  }

  std::mt19937 random_{static_cast<unsigned>(GetParam())};
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(from_unix_ms(1'795'291'200'000));
  std::unique_ptr<shared_files> files_ = std::make_unique<shared_files>();
  decision_book book_;
  std::unique_ptr<coupon_desk> desk_;
  std::unique_ptr<small_node> node_;
  int carts_ = 0;
};

TEST_P(coupons_over_power_cuts, no_code_is_given_twice_and_those_that_nobody_got_come_back) {
  size_t brought = 0;
  std::set<std::string> arrived;  // may have, as the relay saw it
  std::vector<settled_reminder> intended;
  for (int step = 0; step < 120; ++step) {
    clock_->advance(1s);
    switch (pick(8)) {
      case 0: bring("K" + std::to_string(++brought)); break;
      case 1: node_->events().want_snapshot(); break;
      case 2:
        if (pick(3) > 0) break;
        power_fails();
        // Of a mail whose intent has no outcome in the log nobody knows. (Of one that has, it says nothing new.)
        for (const auto& r : intended) settle(r, settlement::in_doubt);
        caught_up();
        break;
      case 3: caught_up(); break;
      default: {
        auto r = claim();
        auto c = take(r);
        ASSERT_TRUE(c);
        if (!c->has_code()) break;
        ASSERT_FALSE(arrived.contains(c->code)) << c->code << " had been in a mail that may have arrived";
        if (pick(6) == 0) {  // recalled before it came that far
          settle(r, settlement::released);
          break;
        }
        r.coupon = c;
        intend(r);
        intended.push_back(r);
        const int fate = pick(4);
        if (fate == 0) {
          settle(r, settlement::released);
        } else {
          arrived.insert(c->code);
          if (fate > 1) settle(r, settlement::accepted);  // else no answer comes
        }
      }
    }
  }
  for (const auto& r : intended) settle(r, settlement::in_doubt);
  caught_up();
  const auto before = desk_->counts_of("spring");
  power_fails();
  const auto after = desk_->counts_of("spring");
  EXPECT_EQ(after, before);
  EXPECT_EQ(after[static_cast<size_t>(coupon_state::out)], 0u);
  EXPECT_GE(after[static_cast<size_t>(coupon_state::given)], arrived.size());
  EXPECT_EQ(after[static_cast<size_t>(coupon_state::given)] + after[static_cast<size_t>(coupon_state::free)], brought);
}

INSTANTIATE_TEST_SUITE_P(random, coupons_over_power_cuts, testing::Range(1, 13));

}  // namespace
}  // namespace cartwheel
