#include "actors/consent/suppression_list.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

using enum address_news;
using std::chrono::days;

const instant now = from_unix_ms(1'769'943'600'000);
const address_key anna{11, 12};

/// What a snapshot brings back.
suppression_list again(const suppression_list& list, shard_share mine = {}) {
  std::string bytes;
  byte_writer w{bytes};
  list.save(w, [] {});
  suppression_list loaded;
  for (byte_reader r{bytes}; !r.done();) loaded.load_one(r, mine);
  return loaded;
}

TEST(suppression_list, a_hard_bounce_and_a_complaint_hold_until_they_are_lifted) {
  for (auto what : {hard_bounce, complaint}) {
    suppression_list list;
    EXPECT_EQ(list.find(anna), nullptr);
    EXPECT_TRUE(list.note(anna, what, now));
    EXPECT_EQ(*list.find(anna), (suppression{what, now, now, 1, never}));
    EXPECT_FALSE(list.note(anna, what, now + days{400})) << "it was suppressed before";
    EXPECT_EQ(*list.find(anna), (suppression{what, now, now + days{400}, 2, never}));
    EXPECT_FALSE(list.note(anna, lifted, now + days{401}));
    EXPECT_EQ(list.find(anna), nullptr);
    EXPECT_TRUE(list.note(anna, what, now + days{402})) << "lifted, it counts anew";
  }
}

TEST(suppression_list, a_complaint_weighs_more_than_any_bounce) {
  suppression_list list;
  list.note(anna, hard_bounce, now);
  EXPECT_FALSE(list.note(anna, complaint, now));
  EXPECT_EQ(list.find(anna)->reason, complaint);
  list.note(anna, hard_bounce, now);
  list.note(anna, quota, now);
  EXPECT_EQ(list.find(anna)->reason, complaint);
  EXPECT_EQ(list.find(anna)->count, 4u);
  EXPECT_EQ(list.find(anna)->until, never);
}

TEST(suppression_list, three_mails_without_room_in_thirty_days_hold_for_thirty_days) {
  suppression_list list;
  EXPECT_FALSE(list.note(anna, quota, now, now));
  EXPECT_FALSE(list.note(anna, quota, now + days{15}, now + days{15}));
  EXPECT_FALSE(list.find(anna)->holds_at(now + days{15}));
  EXPECT_TRUE(list.note(anna, quota, now + days{30}, now + days{30}));
  EXPECT_TRUE(list.find(anna)->holds_at(now + days{60} - 1ms));
  EXPECT_FALSE(list.find(anna)->holds_at(now + days{60}));
  EXPECT_EQ(list.find(anna)->count, 3u);
}

TEST(suppression_list, the_days_count_back_from_each_strike) {
  suppression_list list;
  list.note(anna, quota, now);
  list.note(anna, quota, now + days{20});
  EXPECT_FALSE(list.note(anna, quota, now + days{30} + 1ms)) << "the first was longer ago";
  EXPECT_TRUE(list.note(anna, quota, now + days{45})) << "three since the second";
}

TEST(suppression_list, one_mail_is_one_strike_however_often_it_is_told) {
  suppression_list list;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(list.note(anna, quota, now + days{i}, now));
  EXPECT_EQ(list.find(anna)->count, 1u);
  EXPECT_FALSE(list.note(anna, quota, now + days{6}, now + days{6}));
  EXPECT_TRUE(list.note(anna, quota, now + days{7}, now + days{7}));
}

TEST(suppression_list, a_bounce_behind_full_mailboxes_says_more) {
  suppression_list list;
  for (int i = 0; i < 3; ++i) list.note(anna, quota, now);
  EXPECT_EQ(list.find(anna)->until, now + days{30});
  EXPECT_FALSE(list.note(anna, hard_bounce, now));
  EXPECT_EQ(list.find(anna)->reason, hard_bounce);
  EXPECT_EQ(list.find(anna)->until, never);
}

TEST(suppression_list, nothing_is_noted_of_no_address_and_of_no_news) {
  suppression_list list;
  EXPECT_FALSE(list.note({}, hard_bounce, now));
  EXPECT_FALSE(list.note(anna, none, now));
  EXPECT_EQ(list.size(), 0u);
}

TEST(suppression_list, a_snapshot_brings_all_of_it_back) {
  suppression_list list;
  list.note(anna, quota, now, now);
  list.note(anna, quota, now + days{1}, now + days{1});
  list.note({21, 22}, hard_bounce, now);
  auto loaded = again(list);
  EXPECT_EQ(*loaded.find(anna), *list.find(anna));
  EXPECT_EQ(*loaded.find({21, 22}), *list.find({21, 22}));
  EXPECT_FALSE(loaded.note(anna, quota, now + days{2}, now + days{1})) << "it knows which mails were counted";
  EXPECT_TRUE(loaded.note(anna, quota, now + days{2}, now + days{2}));
}

TEST(suppression_list, each_shard_takes_up_its_own) {
  suppression_list list;
  for (uint64_t i = 1; i < 100; ++i) list.note({i, i}, hard_bounce, now);
  auto first = again(list, {2, shard_id{0}}), second = again(list, {2, shard_id{1}});
  EXPECT_EQ(first.size() + second.size(), list.size());
  for (uint64_t i = 1; i < 100; ++i) EXPECT_NE(first.find({i, i}) == nullptr, second.find({i, i}) == nullptr) << i;
}

TEST(suppression_list, what_has_run_out_is_forgotten_and_nothing_else) {
  suppression_list list;
  list.note({1, 1}, hard_bounce, now);
  list.note({3, 3}, quota, now + days{40});
  for (uint64_t i = 5; list.size() < limits::suppressions_swept_from; i += 2) list.note({i, i}, quota, now);
  list.note(anna, quota, now + days{41});
  EXPECT_EQ(list.size(), 3u);
  EXPECT_NE(list.find({1, 1}), nullptr);
  EXPECT_NE(list.find({3, 3}), nullptr);
  size_t holding = 0;
  list.each(now + days{41}, [&](const address_key& key, const suppression&) {
    ++holding;
    EXPECT_EQ(key, (address_key{1, 1}));
  });
  EXPECT_EQ(holding, 1u);
}

}  // namespace
}  // namespace cartwheel
