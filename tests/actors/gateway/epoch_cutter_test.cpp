// Ticks and the end of a replay (rule 21) of docs/SEMANTICS.md.
#include "actors/gateway/epoch_cutter.hpp"

#include "tests/actors/shard/told.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace cartwheel {
namespace {

using testing::at;
using testing::told;

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};

class epoch_cutter_test : public ::testing::Test {
 protected:
  void take(std::initializer_list<int64_t> times, const char* name = "view_cart") {
    std::string lines;
    for (int64_t t : times) lines += fmt::format("{{\"event\":\"{}\",\"time\":{},\"cart_id\":\"c\"}}\n", name, t);
    cutter.take(told{lines}.batch());
  }
  static std::vector<int64_t> times(const epoch& e) {
    std::vector<int64_t> all;
    for (const auto& shard : e.by_cart)
      for (const auto& r : shard) all.push_back(unix_ms(r.what->time));
    return all;
  }

  std::vector<epoch_ptr> cut;
  epoch_cutter cutter{2, keys, [this](epoch_ptr e) { cut.push_back(std::move(e)); }};
};

using list = std::vector<int64_t>;

TEST_F(epoch_cutter_test, a_tick_covers_the_second_up_to_it_and_is_decided_when_a_later_one_begins) {
  take({1'001, 2'000, 2'001});
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(times(*cut[0]), (list{1'001, 2'000}));
  EXPECT_EQ(cut[0]->decide_until, at(2'000));
  take({9'500});
  ASSERT_EQ(cut.size(), 2u);
  EXPECT_EQ(times(*cut[1]), (list{2'001}));
  EXPECT_EQ(cut[1]->decide_until, at(9'000)) << "and with it all ticks that hold nothing";
  EXPECT_EQ(count(cut[1]->number), count(cut[0]->number) + 1);
}

TEST_F(epoch_cutter_test, a_late_event_belongs_to_the_tick_in_progress) {
  take({5'000, 1'000, 5'500, 4'000});
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(times(*cut[0]), (list{5'000, 1'000}));
  cutter.finish(false);
  EXPECT_EQ(times(*cut[1]), (list{5'500, 4'000}));
  EXPECT_EQ(cutter.late(), 2u);
  EXPECT_EQ(cutter.newest(), at(5'500));
}

TEST_F(epoch_cutter_test, rule_21_a_tick_cut_short_by_the_end_is_not_decided) {
  take({5'500});
  cutter.finish(false);
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0]->decide_until, at(5'000));
  EXPECT_FALSE(cut[0]->drain);
}

TEST_F(epoch_cutter_test, rule_21_a_whole_tick_at_the_end_is_decided) {
  take({5'000});
  cutter.finish(false);
  EXPECT_EQ(cut.at(0)->decide_until, at(5'000));
}

TEST_F(epoch_cutter_test, rule_21_drained_the_clock_runs_on) {
  take({5'500});
  cutter.finish(true);
  EXPECT_TRUE(cut.at(0)->drain);
}

TEST_F(epoch_cutter_test, rule_22_an_unknown_name_moves_the_clock_and_does_nothing_else) {
  take({1'000});
  take({8'000}, "wink");
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0]->decide_until, at(7'000));
  cutter.finish(false);
  EXPECT_TRUE(times(*cut.at(1)).empty());
  EXPECT_EQ(cut[1]->decide_until, at(8'000));
  EXPECT_EQ(cutter.ignored(), 1u);
}

TEST_F(epoch_cutter_test, nothing_in_nothing_out) {
  cutter.finish(true);
  EXPECT_TRUE(cut.empty());
  EXPECT_EQ(cutter.newest(), before_all);
}

TEST_F(epoch_cutter_test, one_log_order_runs_through_all_shards_of_an_epoch) {
  std::string lines;
  for (int i = 0; i < 20; ++i)
    lines += fmt::format("{{\"event\":\"view_cart\",\"time\":1000,\"cart_id\":\"c{}\"}}\n", i);
  cutter.take(told{lines}.batch());
  cutter.take(told{lines}.batch());  // the same tick in a second batch
  cutter.finish(false);
  ASSERT_EQ(cut.size(), 1u);
  std::vector<log_order> orders;
  for (const auto& shard : cut[0]->by_cart) {
    EXPECT_TRUE(std::is_sorted(shard.begin(), shard.end(), [](auto& a, auto& b) { return a.order < b.order; }));
    for (const auto& r : shard) orders.push_back(r.order);
  }
  std::sort(orders.begin(), orders.end());
  ASSERT_EQ(orders.size(), 40u);
  EXPECT_EQ(orders.back() - orders.front(), 39u);
  EXPECT_EQ(std::adjacent_find(orders.begin(), orders.end()), orders.end());
}

TEST_F(epoch_cutter_test, part_b_is_asked_for_only_where_somebody_else_is_concerned) {
  take({1'000});
  cutter.finish(false);
  EXPECT_FALSE(cut.at(0)->touches_persons);
  cutter.take(told{R"({"event":"cart_merged","time":9000,"cart_id":"c","into":"d"})"}.batch());
  cutter.finish(false);
  EXPECT_TRUE(cut.back()->touches_persons);
  EXPECT_TRUE(cut.back()->merges);
}

}  // namespace
}  // namespace cartwheel
