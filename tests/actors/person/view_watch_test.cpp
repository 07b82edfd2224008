// docs/SEMANTICS.md, A trail: who has looked around enough.
#include "actors/person/view_watch.hpp"

#include "actors/shard/beside_key.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <initializer_list>

namespace cartwheel {
namespace {

instant at(int64_t ms) { return from_unix_ms(ms); }

class view_watch_test : public ::testing::Test {
 protected:
  view_watch_test() {
    campaign.views = 3;
    campaign.window = 1000ms;
  }
  view_watch::outcome views(int64_t time, std::initializer_list<std::string_view> categories = {"shoes"}) {
    return watch.viewed(anna, std::vector<std::string_view>{categories}, at(time), campaign);
  }

  browse_settings campaign;
  view_watch watch;
  browser_name anna{subject_kind::customer, "anna", "s"};
};

TEST_F(view_watch_test, as_many_views_of_one_category_within_the_window_reach_it) {
  EXPECT_FALSE(views(5'000).since);
  EXPECT_FALSE(views(5'500, {"hats"}).since);
  EXPECT_FALSE(views(5'500).since);
  const auto third = views(5'999);
  EXPECT_EQ(third.since, at(5'000));
  EXPECT_EQ(third.seen, at(5'999));
  EXPECT_FALSE(third.has_trail) << "this one opens it";
  EXPECT_TRUE(views(6'000).has_trail);
}

TEST_F(view_watch_test, a_window_is_over_after_exactly_its_length) {
  views(5'000);
  views(5'001);
  EXPECT_FALSE(views(6'000).since);
  EXPECT_EQ(views(6'000).since, at(5'001)) << "the latest three count";
}

TEST_F(view_watch_test, views_that_come_late_count_by_their_own_time) {
  views(9'000);
  views(9'100);
  EXPECT_FALSE(views(100).since);
  const auto late = views(8'500);
  EXPECT_EQ(late.since, at(8'500));
  EXPECT_EQ(late.seen, at(9'100));
}

TEST_F(view_watch_test, all_that_was_counted_is_used_up_and_one_trail_is_opened_in_a_window) {
  for (int64_t t : {1, 2, 3}) views(t);
  for (int64_t t : {4, 5, 6}) EXPECT_FALSE(views(t).since) << "so soon behind the last one";
  EXPECT_FALSE(views(1'001).since);
  EXPECT_FALSE(views(1'002).since);
  EXPECT_EQ(views(1'003).since, at(1'001)) << "a window behind the event that opened the last one";
}

TEST_F(view_watch_test, an_event_counts_for_each_of_its_categories) {
  views(1, {"hats"});
  views(2, {"shoes", "hats"});
  views(3, {"shoes"});
  const auto both = views(4, {"shoes", "hats", ""});
  EXPECT_EQ(both.since, at(1));
  EXPECT_EQ(both.seen, at(4));
}

TEST_F(view_watch_test, of_many_categories_the_one_looked_at_longest_ago_goes) {
  campaign.views = 2;
  campaign.window = 1h;
  views(1, {"first"});
  views(1, {"second"});
  for (int i = 0; i < 15; ++i) views(10 + i, {fmt::format("c{}", i)});
  EXPECT_FALSE(views(50, {"first"}).since) << "of equal ones the smaller name has gone";
  EXPECT_FALSE(views(51, {"second"}).since) << "and this one for that";
  EXPECT_TRUE(views(52, {"first"}).since);
}

TEST_F(view_watch_test, additions_count_where_the_campaign_asks) {
  EXPECT_FALSE(watch.added(anna, at(1), campaign).since);
  campaign.additions = 2;
  EXPECT_FALSE(watch.added(anna, at(2), campaign).since) << "those of before were not counted";
  const auto second = watch.added(anna, at(3), campaign);
  EXPECT_EQ(second.since, at(2));
  EXPECT_EQ(second.seen, at(3));
}

TEST_F(view_watch_test, customers_visitors_and_shops_are_counted_apart) {
  campaign.views = 2;
  views(1);
  for (const auto& other :
       {browser_name{subject_kind::visitor, "anna", "s"}, browser_name{subject_kind::customer, "anna", "t"},
        browser_name{subject_kind::customer, "ann", "as"}}) {
    const std::string_view shoes = "shoes";
    EXPECT_FALSE(watch.viewed(other, {&shoes, 1}, at(2), campaign).since);
  }
  EXPECT_TRUE(views(3).since);
}

TEST_F(view_watch_test, who_is_forgotten_is_so_in_all_shops_and_leaves_the_trails_to_be_ended) {
  campaign.views = 1;
  views(1);
  anna.shop = "t";
  campaign.views = 2;
  views(1);
  anna.shop = "u";
  campaign.views = 1;
  views(1);
  browser_name longer{subject_kind::customer, "anna2", "s"};
  const std::string_view shoes = "shoes";
  watch.viewed(longer, {&shoes, 1}, at(1), campaign);
  EXPECT_EQ(watch.forget(subject_kind::visitor, "anna"), std::vector<std::string>{});
  EXPECT_EQ(watch.forget(subject_kind::customer, "anna"), (std::vector<std::string>{"s", "u"}));
  EXPECT_EQ(watch.size(), 1u);
  EXPECT_TRUE(watch.viewed(longer, {&shoes, 1}, at(2), campaign).has_trail);
}

TEST_F(view_watch_test, when_a_partition_is_full_the_one_goes_that_was_counted_longest_ago_and_takes_its_trail_along) {
  view_watch small{2};
  campaign.views = 2;
  const std::string_view shoes = "shoes";
  auto look = [&](const std::string& shop, int64_t time) {
    return small.viewed({subject_kind::customer, "anna", shop}, {&shoes, 1}, at(time), campaign);
  };
  look("a", 1);
  look("b", 2);
  EXPECT_TRUE(look("a", 3).since);
  EXPECT_EQ(look("c", 4).gone, std::nullopt) << "b had none";
  EXPECT_EQ(look("d", 5).gone, (browser_name{subject_kind::customer, "anna", "a"}));
  EXPECT_EQ(small.size(), 2u);
}

TEST_F(view_watch_test, a_snapshot_holds_each_partition_in_its_order) {
  view_watch small{2};
  campaign.views = 2;
  const std::string_view shoes = "shoes";
  auto look = [&](view_watch& w, const std::string& shop, int64_t time) {
    return w.viewed({subject_kind::customer, "anna", shop}, {&shoes, 1}, at(time), campaign);
  };
  look(small, "b", 1);
  look(small, "a", 2);
  look(small, "b", 3);
  std::string bytes;
  byte_writer w{bytes};
  size_t records = 0;
  small.save(w, [&] { ++records; });
  EXPECT_EQ(records, 2u);
  view_watch again{2};
  byte_reader r{bytes};
  while (!r.done()) again.load_one(r, {1, shard_id{0}});
  EXPECT_EQ(again.size(), 2u);
  EXPECT_TRUE(look(again, "b", 4).has_trail);
  EXPECT_EQ(look(again, "c", 5).gone, std::nullopt) << "a goes, which never had one";
  view_watch elsewhere;
  byte_reader other{bytes};
  const auto not_mine = shard_id{static_cast<uint16_t>((static_cast<uint16_t>(partition_of_person("anna")) + 1) % 2)};
  while (!other.done()) elsewhere.load_one(other, {2, not_mine});
  EXPECT_EQ(elsewhere.size(), 0u);
}

TEST_F(view_watch_test, tells_what_it_has_counted_of_somebody) {
  views(5'000, {"shoes", "hats"});
  views(5'500);
  const browser_name anna_elsewhere{subject_kind::customer, "anna", "t"},
    anna_a_visitor{subject_kind::visitor, "anna", "s"};
  campaign.additions = 2;
  watch.added(anna_elsewhere, at(6'000), campaign);
  watch.added(anna_elsewhere, at(6'001), campaign);
  watch.added(anna_a_visitor, at(6'000), campaign);
  const auto told = watch.describe(subject_kind::customer, "anna");
  ASSERT_EQ(told.size(), 2u) << "by shop";
  EXPECT_EQ(told[0].shop, "s");
  ASSERT_EQ(told[0].categories.size(), 2u);
  EXPECT_EQ(told[0].categories[0].name, "shoes");
  EXPECT_EQ(told[0].categories[0].views, (std::vector{at(5'000), at(5'500)}));
  EXPECT_EQ(told[0].trail_opened, before_all);
  EXPECT_EQ(told[1].shop, "t");
  EXPECT_TRUE(told[1].additions.empty()) << "they have been used up";
  EXPECT_EQ(told[1].trail_opened, at(6'001));
  EXPECT_TRUE(watch.describe(subject_kind::customer, "ann").empty());
}

TEST_F(view_watch_test, of_a_snapshot_nobody_is_there_twice) {
  views(5'000);
  std::string bytes;
  byte_writer w{bytes};
  watch.save(w, [] {});
  view_watch again;
  byte_reader first{bytes}, second{bytes};
  again.load_one(first, {1, shard_id{0}});
  EXPECT_THROW(again.load_one(second, {1, shard_id{0}}), broken_bytes);
}

TEST(trail_key, is_no_id_of_an_event) {
  EXPECT_EQ(trail_key(subject_kind::customer, "anna"),
            "\x02"
            "canna");
  EXPECT_EQ(trail_key(subject_kind::visitor, "anna"),
            "\x02"
            "vanna");
  EXPECT_EQ(subject_of_key(trail_key(subject_kind::visitor, "x")), cart_subject::trail);
  EXPECT_EQ(subject_of_key("canna"), cart_subject::cart);
}

}  // namespace
}  // namespace cartwheel
