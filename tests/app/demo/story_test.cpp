#include "app/demo/story.hpp"

#include "app/demo/shares.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace cartwheel {
namespace {

constexpr uint64_t many = 20'000;

/// What was counted over many stories, each long enough for its end.
struct tally {
  std::map<event_kind, size_t> events;
  size_t carts = 0, abandoned = 0, checkouts = 0, bought = 0, with_removal = 0, guests = 0, granted = 0, withdrawn = 0;
  size_t merged = 0, logins = 0;
  std::map<payment_state, size_t> payments;
  std::vector<double> additions, addition_gaps, views;
};

tally count_stories(double cart_share) {
  crowd_options options;
  options.length = std::chrono::days{60};
  options.cart_share = cart_share;
  tally t;
  for (uint64_t i = 0; i < many; i++) {
    auto s = tell_story(options, i, options.start + 1h);
    instant last_add{}, bought{};
    size_t additions = 0, views = 0;
    bool checkout = false, removal = false, known = false, login = false;
    for (const auto& step : s.steps) {
      t.events[step.kind]++;
      known |= step.known;
      switch (step.kind) {
        case event_kind::view_item: views++; break;
        case event_kind::add_to_cart:
          if (additions++ > 0 && step.time - last_add < 20min) {
            t.addition_gaps.push_back(std::chrono::duration<double>(step.time - last_add).count());
          }
          last_add = step.time;
          break;
        case event_kind::begin_checkout: checkout = true; break;
        case event_kind::remove_from_cart: removal = true; break;
        case event_kind::purchase:
          bought = step.time;
          t.payments[step.payment]++;
          break;
        case event_kind::consent: (step.status == consent_status::granted ? t.granted : t.withdrawn)++; break;
        case event_kind::cart_merged: t.merged++; break;
        case event_kind::identify: login |= step.known && step.guest_cart; break;
        default: break;
      }
    }
    t.guests += !known || login;
    t.logins += login;
    if (additions == 0) {
      t.views.push_back(static_cast<double>(views));
      continue;
    }
    t.carts++;
    t.additions.push_back(static_cast<double>(additions));
    t.checkouts += checkout;
    t.with_removal += removal;
    t.bought += bought != instant{};
    t.abandoned += bought == instant{} || bought - last_add > 20min;
  }
  return t;
}

double share(size_t part, size_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

double quantile(std::vector<double> v, double p) {
  auto at = v.begin() + static_cast<ptrdiff_t>(p * static_cast<double>(v.size()));
  std::ranges::nth_element(v, at);
  return *at;
}

TEST(story, the_same_number_tells_the_same_story) {
  crowd_options options;
  options.length = 24h;
  gateway_event a, b;
  for (uint64_t i = 0; i < 200; i++) {
    auto one = tell_story(options, i, options.start), two = tell_story(options, i, options.start);
    ASSERT_EQ(one.steps.size(), two.steps.size());
    for (size_t k = 0; k < one.steps.size(); k++) {
      write_event(options, one, k, a);
      write_event(options, two, k, b);
      EXPECT_EQ(a, b);
    }
  }
}

TEST(story, begins_at_the_arrival_and_goes_forward) {
  crowd_options options;
  options.cart_share = 0.5;
  for (uint64_t i = 0; i < 1000; i++) {
    auto arrival = options.start + milliseconds{i};
    auto s = tell_story(options, i, arrival);
    ASSERT_FALSE(s.steps.empty());
    EXPECT_EQ(s.steps.front().time, arrival);
    EXPECT_TRUE(std::ranges::is_sorted(s.steps, {}, &story_step::time));
  }
}

TEST(story, carts_end_like_recorded_ones) {
  auto t = count_stories(1);
  EXPECT_EQ(t.carts, many);
  EXPECT_NEAR(share(t.abandoned, t.carts), shares::abandoned_20min, 0.03);
  EXPECT_NEAR(share(t.bought, t.carts), shares::bought, 0.03);
  EXPECT_NEAR(share(t.checkouts, t.carts), shares::reaches_checkout, 0.04);  // who took everything out cannot check out
  EXPECT_NEAR(share(t.with_removal, t.carts), 32.0 / 179, 0.02);             // jd
}

TEST(story, carts_fill_like_recorded_ones) {
  auto t = count_stories(1);
  double mean = std::accumulate(t.additions.begin(), t.additions.end(), 0.0) / static_cast<double>(t.additions.size());
  EXPECT_NEAR(mean, 2.47, 0.15);  // jd
  EXPECT_NEAR(share(static_cast<size_t>(std::ranges::count(t.additions, 1.0)), t.carts), shares::additions[0], 0.02);
  EXPECT_NEAR(quantile(t.addition_gaps, 0.5), 21, 3);  // merch
  EXPECT_NEAR(quantile(t.addition_gaps, 0.9), 168, 20);
}

TEST(story, people_are_like_recorded_ones) {
  auto t = count_stories(shares::opens_cart);
  EXPECT_NEAR(share(t.carts, many), shares::opens_cart, 0.01);
  EXPECT_NEAR(share(t.guests, many), 1 - shares::has_account, 0.015);
  EXPECT_NEAR(share(t.withdrawn, t.granted), shares::withdraws, 0.015);
  EXPECT_NEAR(quantile(t.views, 0.5), 3, 1);  // jd
  EXPECT_NEAR(quantile(t.views, 0.9), 19, 2);
}

TEST(story, payments_and_logins) {
  auto t = count_stories(1);
  EXPECT_NEAR(share(t.payments[payment_state::paid], t.bought), .85, 0.03);
  EXPECT_NEAR(share(t.payments[payment_state::offline], t.bought), .08, 0.02);
  EXPECT_NEAR(share(t.payments[payment_state::pending], t.bought), .05, 0.02);
  EXPECT_GT(t.payments[payment_state::failed], 0u);
  EXPECT_NEAR(share(t.logins, t.guests), shares::logs_in_later, 0.01);
  EXPECT_NEAR(share(t.merged, t.logins), shares::merges_at_login, 0.06);
  EXPECT_GT(t.events[event_kind::order_paid], 0u);
  EXPECT_GT(t.events[event_kind::order_cancelled], 0u);
  EXPECT_GT(t.events[event_kind::refund], 0u);
}

TEST(story, an_order_holds_what_was_in_the_cart) {
  crowd_options options;
  options.cart_share = 1;
  gateway_event e;
  size_t orders = 0;
  for (uint64_t i = 0; i < 2000; i++) {
    auto s = tell_story(options, i, options.start);
    std::map<std::string, uint32_t> cart;
    for (size_t k = 0; k < s.steps.size(); k++) {
      write_event(options, s, k, e);
      if (e.kind == event_kind::add_to_cart) cart[e.items.front().item_id]++;
      if (e.kind == event_kind::remove_from_cart && --cart[e.items.front().item_id] == 0)
        cart.erase(e.items.front().item_id);
      if (e.kind != event_kind::purchase) continue;
      orders++;
      std::map<std::string, uint32_t> bought;
      for (const auto& line : e.items) bought[line.item_id] = line.quantity;
      EXPECT_EQ(bought, cart);
      EXPECT_FALSE(e.items.empty());
    }
  }
  EXPECT_GT(orders, 200u);
}

}  // namespace
}  // namespace cartwheel
