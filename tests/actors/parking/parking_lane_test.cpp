#include "actors/parking/parking_lane.hpp"

#include "tests/actors/parking/forgetful_parking.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using test::forgetful_parking;

std::string cut(parking_lane& lane) {
  std::string bytes;
  byte_writer w{bytes};
  lane.cut(w);
  return bytes;
}

void take_over(parking_lane& lane, const std::string& bytes) {
  byte_reader r{bytes};
  lane.take_over(r);
  EXPECT_TRUE(r.done());
}

TEST(parking_lane, gives_each_record_a_number_once) {
  forgetful_parking place;
  parking_lane lane{&place, 7};
  EXPECT_EQ(lane.park("a"), 1u);
  EXPECT_EQ(lane.park("b"), 2u);
  EXPECT_EQ(lane.read(2), "b") << "before it is written";
  EXPECT_EQ(place.size(), 0u);
  lane.settle();
  EXPECT_EQ(place.size(), 2u);
  EXPECT_EQ(lane.read(1), "a");
  EXPECT_EQ(lane.park("c"), 3u);
  EXPECT_THROW(lane.read(4), std::runtime_error);
  EXPECT_FALSE((parking_lane{nullptr, 0}.open()));
}

TEST(parking_lane, erases_what_no_kept_snapshot_refers_to) {
  forgetful_parking place;
  parking_lane lane{&place, 0};
  lane.park("before the first cut");
  cut(lane);
  lane.left(1);
  cut(lane);  // the first snapshot, which is kept, refers to it
  lane.settle();
  EXPECT_EQ(place.size(), 1u);
  cut(lane);
  lane.settle();
  EXPECT_EQ(place.size(), 1u) << "until the third is whole the first is kept";
  cut(lane);
  lane.settle();
  EXPECT_EQ(place.size(), 0u);
}

TEST(parking_lane, comes_back_as_it_was_cut_and_forgets_what_came_after) {
  forgetful_parking place;
  std::string snapshot;
  {
    parking_lane lane{&place, 3};
    for (auto record : {"a", "b", "c"}) lane.park(record);
    cut(lane);
    lane.left(1);
    snapshot = cut(lane);
    lane.left(2);
    lane.park("after the cut");
    lane.settle();
  }
  EXPECT_EQ(place.size(), 4u);
  parking_lane lane{&place, 3};
  take_over(lane, snapshot);
  EXPECT_EQ(place.size(), 3u) << "nothing refers to what was parked after the cut";
  EXPECT_EQ(lane.read(2), "b") << "which was taken back after the cut, and is parked again";
  EXPECT_EQ(lane.park("again"), 4u);
  cut(lane);
  cut(lane);
  lane.settle();
  EXPECT_EQ(place.size(), 3u) << "the first was taken back before the cut";
  EXPECT_THROW(lane.read(1), std::runtime_error);
}

TEST(parking_lane, one_shard_takes_over_the_lanes_of_others) {
  forgetful_parking place;
  std::string of_two, of_three;
  {
    parking_lane two{&place, 2}, three{&place, 3};
    for (int i = 0; i < 5; ++i) three.park("of three");
    two.park("of two");
    two.left(1);
    of_two = cut(two);
    of_three = cut(three);
  }
  parking_lane both{&place, 2};
  take_over(both, of_two);
  take_over(both, of_three);
  EXPECT_EQ(both.next(), 6u) << "a name that any of them has given is not given again";
  EXPECT_EQ(both.read({3, 5}), "of three");
  both.left({3, 5});
  for (int i = 0; i < 3; ++i) cut(both);
  both.settle();
  EXPECT_EQ(place.fetch({3, 5}), std::nullopt);
  EXPECT_EQ(place.fetch({2, 1}), std::nullopt);
  EXPECT_EQ(place.size(), 4u);
}

TEST(parking_lane, refuses_what_is_no_lane) {
  forgetful_parking place;
  parking_lane lane{&place, 0};
  std::string bytes;
  byte_writer w{bytes};
  for (uint64_t n : {0, 1, 0, 9}) w.number(n);
  byte_reader r{bytes};
  EXPECT_THROW(lane.take_over(r), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
