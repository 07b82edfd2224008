#include "actors/shard/reminder_desk.hpp"

#include "actors/shard/saved_values.hpp"

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

/// What a shard has that begins with the snapshot of this one.
reminder_desk after_snapshot(const reminder_desk& desk) {
  std::string saved;
  byte_writer w{saved};
  desk.save(w, [] {});
  reminder_desk again;
  moved_carts moved;
  moved.stay();
  uint32_t over = UINT32_MAX;
  for (byte_reader r{saved}; !r.done();) again.load_one(r, moved, {1, shard_id{0}}, over);
  return again;
}

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

TEST(a_reminder_desk, puts_off_what_may_not_leave_at_this_time_of_day) {
  reminder_desk desk;
  for (uint32_t slot : {1, 2, 3}) desk.claimed(asked(slot, 10));
  desk.hand_out(3);
  for (uint32_t slot : {1, 2, 3}) desk.put_off(claim_of(slot), from_unix_ms(1000 * slot));
  EXPECT_EQ(desk.waiting(), 0u) << "no credit is asked for";
  EXPECT_TRUE(desk.hand_out(3).empty());
  desk.bring_up(from_unix_ms(999));
  EXPECT_EQ(desk.waiting(), 0u);
  EXPECT_TRUE(desk.take_back(claim_of(2))) << "recalled meanwhile";
  desk.bring_up(from_unix_ms(2000));
  const auto out = desk.hand_out(3);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].cart.slot, 1u);
  EXPECT_EQ(out[0].due, from_unix_ms(10)) << "due as it was";
  desk.put_off(claim_of(2), from_unix_ms(0));
  desk.bring_up(from_unix_ms(2999));
  EXPECT_TRUE(desk.hand_out(3).empty());
  EXPECT_EQ(desk.unsettled(), 3u);
}

/// A desk with one claim that was handed out, offered, and of which no answer came.
reminder_desk in_doubt() {
  reminder_desk desk;
  desk.claimed(asked(1, 10));
  desk.hand_out(1);
  desk.offered(claim_of(1));
  desk.intended(claim_of(1), "bytes");
  return desk;
}

TEST(a_reminder_desk, holds_what_is_in_doubt_until_it_is_let_go) {
  auto desk = in_doubt();
  ASSERT_TRUE(desk.hold(claim_of(1), from_unix_ms(99)));
  EXPECT_TRUE(desk.is_held(claim_of(1)));
  EXPECT_EQ(desk.doubts(), 1u);
  EXPECT_TRUE(desk.hand_out(5).empty());
  desk.let_go(claim_of(1));
  EXPECT_FALSE(desk.is_held(claim_of(1)));
  ASSERT_EQ(desk.hand_out(5).size(), 1u);
  const auto* mail = desk.mail(claim_of(1));
  ASSERT_NE(mail, nullptr);
  EXPECT_EQ(mail->packed, "bytes");
  EXPECT_EQ(mail->doubts, 1u);
  EXPECT_EQ(unix_ms(mail->since), 99);
  desk.settled(claim_of(1));
  EXPECT_EQ(desk.doubts(), 0u);
  EXPECT_EQ(desk.mail(claim_of(1)), nullptr);
}

TEST(a_reminder_desk, cannot_hold_what_it_has_no_bytes_of) {
  reminder_desk desk;
  desk.claimed(asked(1, 10));
  desk.intended(claim_of(1), "");
  EXPECT_FALSE(desk.hold(claim_of(1), {}));
  EXPECT_FALSE(desk.send_again(claim_of(1), {}));
  EXPECT_FALSE(desk.hold(claim_of(2), {})) << "nobody claimed it";
}

TEST(a_reminder_desk, remembers_a_recall_of_what_it_holds) {
  auto desk = in_doubt();
  desk.hold(claim_of(1), {});
  EXPECT_FALSE(desk.take_back(claim_of(1)));
  EXPECT_TRUE(desk.was_recalled(claim_of(1)));
  desk.let_go(claim_of(1));
  EXPECT_TRUE(desk.take_back(claim_of(1)));
}

TEST(a_reminder_desk, forgets_bytes_whose_content_was_not_offered) {
  auto desk = in_doubt();
  desk.not_accepted(claim_of(1), false);
  EXPECT_EQ(desk.mail(claim_of(1)), nullptr);
  desk.intended(claim_of(1), "others");
  desk.not_accepted(claim_of(1), true);
  desk.intended(claim_of(1), "others");
  desk.not_accepted(claim_of(1), false);
  ASSERT_NE(desk.mail(claim_of(1)), nullptr) << "offered once is enough";
}

TEST(a_reminder_desk, has_its_doubts_after_a_snapshot) {
  auto desk = in_doubt();
  desk.hold(claim_of(1), from_unix_ms(99));
  desk.take_back(claim_of(1));
  desk.claimed(asked(2, 10));
  auto again = after_snapshot(desk);
  again.begin_recovery();
  auto left = again.end_recovery();
  EXPECT_TRUE(left.interrupted.empty() && left.taken_back.empty());
  EXPECT_TRUE(again.is_held(claim_of(1)));
  EXPECT_TRUE(again.was_recalled(claim_of(1)));
  ASSERT_NE(again.mail(claim_of(1)), nullptr);
  EXPECT_EQ(again.mail(claim_of(1))->packed, "bytes");
  EXPECT_EQ(again.mail(claim_of(1))->doubts, 1u);
  EXPECT_EQ(unix_ms(again.mail(claim_of(1))->since), 99);
  EXPECT_EQ(again.mail(claim_of(2)), nullptr);
  EXPECT_EQ(again.waiting(), 1u);
}

TEST(a_reminder_desk, knows_the_campaign_of_each_claim_after_a_snapshot_too) {
  reminder_desk desk;
  auto q = asked(1, 10);
  q.campaign = campaign_kind::checkout;
  q.counts_from = from_unix_ms(5);
  q.step = 2;
  desk.claimed(q);
  due_reminder content;
  content.claim = {q.cart, 0, 2};
  content.campaign = campaign_kind::checkout;
  desk.keep(content);
  desk.claimed(asked(2, 20));
  auto again = after_snapshot(desk);
  for (const auto* d : {&desk, &again}) {
    EXPECT_EQ(d->campaign_of({q.cart, 0, 2}), campaign_kind::checkout);
    EXPECT_EQ(d->campaign_of(claim_of(2)), campaign_kind::cart);
    EXPECT_EQ(d->of_steps_from(campaign_kind::checkout, 0).size(), 1u);
    EXPECT_TRUE(d->of_steps_from(campaign_kind::cart, 1).empty()) << "another campaign's";
  }
  ASSERT_NE(again.kept({q.cart, 0, 2}), nullptr);
  EXPECT_EQ(again.kept({q.cart, 0, 2})->campaign, campaign_kind::checkout);
  again.begin_recovery();
  again.end_recovery();
  const auto out = again.hand_out(1);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].counts_from, from_unix_ms(5));
  EXPECT_EQ(out[0].step, 2);
}

TEST(a_reminder_desk, finds_a_sale_by_its_key_until_its_last_claim_is_settled) {
  reminder_desk desk;
  auto q = asked(1, 10);
  q.campaign = campaign_kind::after_purchase;
  q.shop = "s";
  q.cart_id =
    "\x01"
    "order";
  auto second = q;
  second.step = 1;
  desk.claimed(q);
  desk.claimed(second);
  auto cart = asked(2, 10);
  cart.shop = "s";
  cart.cart_id = "c";
  desk.claimed(cart);
  auto again = after_snapshot(desk);
  for (auto* d : {&desk, &again}) {
    EXPECT_EQ(d->sale_named("s", q.cart_id), q.cart);
    EXPECT_EQ(d->sale_named("t", q.cart_id), std::nullopt) << "another shop's";
    EXPECT_EQ(d->sale_named("s", "c"), std::nullopt) << "no sale";
    d->settled(claim_of(1));
    EXPECT_EQ(d->sale_named("s", q.cart_id), q.cart);
    d->settled({q.cart, 0, 1});
    EXPECT_EQ(d->sale_named("s", q.cart_id), std::nullopt);
  }
}

TEST(a_reminder_desk, counts_what_is_not_settled_but_for_what_it_holds) {
  reminder_desk desk;
  EXPECT_EQ(desk.unsettled(), 0u);
  for (uint32_t slot : {1, 2, 3}) desk.claimed(asked(slot, 10));
  desk.claimed(asked(1, 10));
  desk.hand_out(2);
  desk.offered(claim_of(1));
  desk.take_back(claim_of(2));
  EXPECT_EQ(desk.unsettled(), 3u) << "wherever they are";
  desk.intended(claim_of(1), "bytes");
  desk.hold(claim_of(1), {});
  EXPECT_EQ(desk.unsettled(), 2u);
  auto again = after_snapshot(desk);
  EXPECT_EQ(again.unsettled(), 2u);
  desk.let_go(claim_of(1));
  EXPECT_EQ(desk.unsettled(), 3u);
  again.settled(claim_of(1));
  EXPECT_EQ(again.unsettled(), 2u) << "it was held";
  for (uint32_t slot : {1, 2, 3, 4}) again.settled(claim_of(slot));
  EXPECT_EQ(again.unsettled(), 0u);
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

TEST(saved_question, keeps_the_country_of_its_cart_and_reads_one_without) {
  for (const char* country : {"", "CA"}) {
    question q;
    q.step = 15;
    q.shop = "s";
    q.cart_id = "c";
    q.own_country = country_code::of(country);
    std::string bytes;
    byte_writer to{bytes};
    save_question(to, q);
    EXPECT_EQ(bytes[0] == 15, *country == 0) << "without one it is written as the version before wrote it";
    byte_reader from{bytes};
    moved_carts moved;
    const auto again = load_question(from, moved);
    EXPECT_TRUE(from.done());
    EXPECT_EQ(again.step, 15);
    EXPECT_EQ(again.shop, "s");
    EXPECT_EQ(again.own_country.text(), country);
  }
}

}  // namespace
}  // namespace cartwheel
