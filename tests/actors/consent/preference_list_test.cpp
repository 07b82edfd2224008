#include "actors/consent/preference_list.hpp"

#include "actors/event/limits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

using std::chrono::days;

const instant now = from_unix_ms(1'769'943'600'000);
const address_key anna{11, 12};

event_details paused_until(instant t) {
  event_details d;
  d.paused_until = t;
  return d;
}
event_details frequency(contact_frequency f) {
  event_details d;
  d.frequency = f;
  return d;
}

/// What a snapshot brings back.
preference_list again(const preference_list& list, shard_share mine = {}) {
  std::string bytes;
  byte_writer w{bytes};
  list.save(w, [] {});
  preference_list loaded;
  for (byte_reader r{bytes}; !r.done();) loaded.load_one(r, mine);
  return loaded;
}

TEST(preference_list, a_pause_holds_until_it_is_over_or_taken_back) {
  preference_list list;
  EXPECT_EQ(list.find(anna), nullptr);
  EXPECT_TRUE(list.note(anna, paused_until(now + days{30}), now));
  EXPECT_TRUE(list.find(anna)->pauses_at(now));
  EXPECT_TRUE(list.find(anna)->pauses_at(now + days{30} - 1ms));
  EXPECT_FALSE(list.find(anna)->pauses_at(now + days{30}));
  EXPECT_FALSE(list.note(anna, paused_until(now + days{31}), now + 1s)) << "it paused before";
  EXPECT_FALSE(list.note(anna, paused_until(now + 2s), now + 2s));
  EXPECT_FALSE(list.find(anna)->pauses_at(now + 2s));
}

TEST(preference_list, of_each_wish_the_latest_counts) {
  preference_list list;
  list.note(anna, frequency(contact_frequency::weekly), now);
  list.note(anna, paused_until(now + days{30}), now + 1s);
  EXPECT_TRUE(list.find(anna)->weekly) << "a pause says nothing of the frequency";
  list.note(anna, frequency(contact_frequency::normal), now - 1s);
  EXPECT_TRUE(list.find(anna)->weekly) << "said before, heard later";
  list.note(anna, frequency(contact_frequency::normal), now);
  EXPECT_FALSE(list.find(anna)->weekly) << "at equal times the later arrival";
  list.note(anna, paused_until(now), now);
  EXPECT_TRUE(list.find(anna)->pauses_at(now + days{1}));
}

TEST(preference_list, a_pause_ends_by_itself) {
  preference_list list;
  list.note(anna, paused_until(from_unix_ms(limits::unix_ms_max)), now);
  EXPECT_EQ(list.find(anna)->paused_until, now + limits::pause_max);
}

TEST(preference_list, is_forgotten_and_comes_back_from_a_snapshot) {
  preference_list list;
  list.note(anna, paused_until(now + days{30}), now);
  list.note({1, 2}, frequency(contact_frequency::weekly), now);
  const auto loaded = again(list);
  ASSERT_NE(loaded.find(anna), nullptr);
  EXPECT_EQ(*loaded.find(anna), *list.find(anna));
  EXPECT_EQ(loaded.size(), 2u);
  size_t dealt = 0;
  for (uint16_t i = 0; i < 3; ++i) dealt += again(list, {3, shard_id{i}}).size();
  EXPECT_EQ(dealt, 2u) << "each to one shard";
  list.forget(anna);
  EXPECT_EQ(list.find(anna), nullptr);
}

TEST(preference_list, sweeps_what_is_over_and_nothing_else) {
  preference_list list;
  list.note(anna, frequency(contact_frequency::weekly), now);
  for (uint64_t i = 1; i < 2 * limits::preferences_swept_from; ++i) list.note({i, i}, paused_until(now + days{1}), now);
  EXPECT_EQ(list.size(), 2 * limits::preferences_swept_from);
  list.note({7, 8}, paused_until(now + days{800}), now + days{700});
  EXPECT_EQ(list.size(), 2u);
  EXPECT_NE(list.find(anna), nullptr);
}

}  // namespace
}  // namespace cartwheel
