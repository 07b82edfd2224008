#include "app/demo/crowd.hpp"

#include "app/demo/catalogue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cartwheel {
namespace {

// 2026-11-20 00:00 in Western Europe.
constexpr instant friday = from_unix_ms(1'795'129'200'000);

crowd_options a_day_of(uint64_t shoppers, double cart_share = shares::opens_cart) {
  crowd_options o;
  o.start = friday;
  o.shoppers = shoppers;
  o.cart_share = cart_share;
  return o;
}

std::vector<gateway_event> all_of(crowd c) {
  std::vector<gateway_event> events;
  while (const auto* e = c.next()) events.push_back(*e);
  return events;
}

TEST(crowd, same_seed_same_events) { EXPECT_EQ(all_of(crowd{a_day_of(500)}), all_of(crowd{a_day_of(500)})); }

TEST(crowd, another_seed_another_crowd) {
  auto other = a_day_of(500);
  other.seed = 2;
  auto one = all_of(crowd{a_day_of(500)}), two = all_of(crowd{other});
  EXPECT_NE(one.size(), two.size());
  std::set<std::string> ids, customers;
  for (const auto& e : one) {
    ids.insert(e.event_id);
    customers.insert(e.customer_id + e.visitor_id);
  }
  for (const auto& e : two) {
    EXPECT_FALSE(ids.contains(e.event_id));
    auto who = e.customer_id + e.visitor_id;
    EXPECT_TRUE(who.empty() || !customers.contains(who)) << who;
  }
}

TEST(crowd, keeps_to_its_time_and_its_order) {
  auto options = a_day_of(2000, 0.5);
  crowd c{options};
  instant last{};
  size_t given = 0, active_max = 0;
  for (const auto* e = c.next(); e != nullptr; e = c.next(), given++) {
    EXPECT_GE(e->time, std::max(last, options.start));
    EXPECT_LT(e->time, options.start + options.length);
    last = e->time;
    active_max = std::max(active_max, c.active());
  }
  EXPECT_EQ(c.arrived(), 2000u);
  EXPECT_EQ(c.active(), 0u);
  EXPECT_GT(given, 2000u);
  EXPECT_LT(active_max, 250u);  // those who will withdraw or pay later wait too
  EXPECT_EQ(c.next(), nullptr);
}

TEST(crowd, event_ids_repeat_only_as_redeliveries) {
  std::map<std::string, gateway_event> seen;
  size_t twice = 0, all = 0;
  crowd c{a_day_of(3000)};
  while (const auto* e = c.next()) {
    all++;
    auto [it, fresh] = seen.try_emplace(e->event_id, *e);
    if (!fresh) {
      twice++;
      EXPECT_EQ(it->second, *e);
    }
  }
  EXPECT_NEAR(static_cast<double>(twice) / static_cast<double>(all), shares::sent_twice, 0.003);
}

TEST(crowd, evenings_are_busier_than_nights) {
  std::map<int64_t, size_t> by_hour;
  crowd c{a_day_of(20'000)};
  uint64_t before = 0;
  while (const auto* e = c.next()) {
    by_hour[(e->time - friday) / 1h] += c.arrived() - before;
    before = c.arrived();
  }
  for (size_t h = 0; h < 24; h++) {
    EXPECT_NEAR(static_cast<double>(by_hour[static_cast<int64_t>(h)]) / 20'000, shares::hour_of_day[h], 0.008)
      << "hour " << h;
  }
}

TEST(crowd, a_short_and_a_long_day) {
  auto options = a_day_of(300, 1);
  options.length = 90min;
  for (const auto& e : all_of(crowd{options})) EXPECT_LT(e.time, friday + 90min);
  options.length = std::chrono::days{3};
  crowd c{options};
  instant last{};
  while (const auto* e = c.next()) last = e->time;
  EXPECT_EQ(c.arrived(), 300u);
  EXPECT_GT(last, friday + std::chrono::days{2});
}

TEST(crowd, nobody_comes) { EXPECT_EQ(crowd{a_day_of(0)}.next(), nullptr); }

TEST(crowd, refuses_what_makes_no_crowd) {
  auto no_shop = a_day_of(1);
  no_shop.shops.clear();
  EXPECT_THROW(crowd{no_shop}, std::invalid_argument);
  EXPECT_THROW(crowd{a_day_of(1, 1.5)}, std::invalid_argument);
  auto too_many_return = a_day_of(1);
  too_many_return.return_share = 0.99;
  EXPECT_THROW(crowd{too_many_return}, std::invalid_argument);
  auto no_time = a_day_of(1);
  no_time.length = 0ms;
  EXPECT_THROW(crowd{no_time}, std::invalid_argument);
}

TEST(catalogue, lines_speak_the_shoppers_language) {
  for (const auto& p : products()) {
    std::set<std::string> names;
    for (const auto& where : places()) {
      auto line = line_of(p, where, 2);
      EXPECT_EQ(line.item_id, p.id);
      EXPECT_TRUE(line.item_url.starts_with("https://shop.example/")) << line.item_url;
      EXPECT_TRUE(line.image_url.starts_with("https://shop.example/i/")) << line.image_url;
      EXPECT_GT(line.price, 0);
      names.insert(line.item_name);
    }
    EXPECT_EQ(names.size(), 3u) << p.id;  // Dutch is spoken in two places
  }
}

}  // namespace
}  // namespace cartwheel
