#include "app/replay/shard_choice.hpp"

#include "app/replay/limits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cartwheel {
namespace {

constexpr int64_t begin_ms = 1'700'000'000'000;

/// `a_second` events in each of `seconds` seconds.
std::vector<event> trace(size_t seconds, size_t a_second) {
  std::vector<event> all(seconds * a_second);
  for (size_t i = 0; i < all.size(); ++i)
    all[i].time = from_unix_ms(begin_ms + static_cast<int64_t>(i * 1000 / a_second) + 1);
  return all;
}

TEST(shards_for, one_more_than_cores_where_events_are_many) {
  EXPECT_EQ(shards_for(trace(3, 1000), 8), 9u);
  EXPECT_EQ(shards_for(trace(5, limits::replay_events_to_share), 8), 9u);
  EXPECT_EQ(shards_for(trace(3, 1000), 1000), 256u) << "no more than there are partitions";
}

TEST(shards_for, one_where_they_are_few) {
  EXPECT_EQ(shards_for(trace(1000, 1), 8), 1u);
  EXPECT_EQ(shards_for(trace(5, limits::replay_events_to_share - 1), 8), 1u);
}

TEST(shards_for, late_events_make_no_epoch) {
  auto all = trace(1, limits::replay_events_to_share);
  for (size_t i = 1; i < all.size(); i += 2) all[i].time -= 1h;
  EXPECT_EQ(shards_for(all, 8), 9u);
}

TEST(shards_for, a_machine_that_does_not_know_its_cores_has_one) {
  EXPECT_EQ(shards_for(trace(3, 1000), 0), 1u);
  EXPECT_EQ(shards_for({}, 4), 5u);
}

}  // namespace
}  // namespace cartwheel
