#include "actors/shard/reminder_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

question asked(uint32_t slot, int64_t due) {
  question q;
  q.cart = {shard_id{0}, slot, 1};
  q.due = from_unix_ms(due);
  q.address.key = {slot, 7};
  return q;
}
claim_id claim_of(uint32_t slot) { return {{shard_id{0}, slot, 1}, 0, 0}; }

TEST(a_reminder_desk, hands_out_the_oldest_due_first_and_no_more_than_asked) {
  reminder_desk desk;
  desk.claimed(asked(1, 30));
  desk.claimed(asked(2, 10));
  desk.claimed(asked(3, 20));
  auto out = desk.hand_out(2);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].cart.slot, 2u);
  EXPECT_EQ(out[1].cart.slot, 3u);
  EXPECT_EQ(desk.waiting(), 1u);
}

TEST(a_reminder_desk, takes_back_what_was_not_offered_with_the_address_it_was_claimed_for) {
  reminder_desk desk;
  desk.claimed(asked(1, 10));
  desk.claimed(asked(2, 20));
  auto queued = desk.take_back(claim_of(1));
  ASSERT_TRUE(queued);
  EXPECT_EQ(queued->address.key, (address_key{1, 7}));
  auto out = desk.hand_out(5);
  ASSERT_EQ(out.size(), 1u) << "what was taken back is not handed out";
  EXPECT_TRUE(desk.take_back(claim_of(2))) << "at the soft gate";
  EXPECT_EQ(desk.asked(claim_of(2)), nullptr) << "so the gate's answer is for nobody";
  EXPECT_FALSE(desk.take_back(claim_of(2))) << "once";
  EXPECT_TRUE(desk.has(asked(2, 20).cart)) << "it waits to be settled";
  desk.settled(claim_of(2));
  EXPECT_FALSE(desk.has(asked(2, 20).cart));
}

TEST(a_reminder_desk, leaves_what_was_offered_to_the_mailer) {
  reminder_desk desk;
  desk.claimed(asked(1, 10));
  desk.hand_out(1);
  ASSERT_NE(desk.asked(claim_of(1)), nullptr);
  desk.offered(claim_of(1));
  EXPECT_FALSE(desk.take_back(claim_of(1)));
  EXPECT_THAT(desk.claims_of(asked(1, 10).cart), testing::ElementsAre(claim_of(1))) << "a recall goes on";
}

}  // namespace
}  // namespace cartwheel
