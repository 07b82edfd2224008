// Codes of coupon pools in mails (docs/decisions/0021-coupons.md).

#include "actors/coupon/coupon_desk.hpp"
#include "tests/actors/mailer/mail_queue_fixture.hpp"

#include <gmock/gmock.h>

namespace cartwheel::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class coupons_in_mails : public a_mail_queue {
 protected:
  coupons_in_mails() {
    options.coupons = &desk;
    options.campaign.steps[0].coupon = "spring";
  }
  /// What the log says of coupons comes back to the desk.
  void log() {
    for (const auto& s : queue.take_settled()) desk.heard(s);
  }
  settled_reminder intend(const mail_queue::pulled_mail& m) {
    auto intents = queue.intents_of({m.id});
    for (const auto& i : intents) desk.heard(i);
    return intents.at(0);
  }
  void bring(const std::string& code, instant expires = never) {
    desk.add(std::vector<imported_code>{{"spring", code, expires}}, test_start);
  }
  mail_queue::pulled_mail mail(uint32_t n) {
    queue.offer(due_number(n));
    return pulled();
  }
  uint64_t count(coupon_state s) const { return desk.counts_of("spring")[static_cast<size_t>(s)]; }

  coupon_desk desk{{{"spring", {.percent = 10, .valid = std::chrono::days{7}}}}};
};

TEST_F(coupons_in_mails, each_has_its_own_and_the_log_says_which) {
  bring("AAA-1");
  bring("BBB-2");
  auto first = mail(1), second = mail(2);
  EXPECT_THAT(first.mail.bytes, HasSubstr("AAA-1"));
  EXPECT_THAT(first.mail.bytes, Not(HasSubstr("BBB-2")));
  EXPECT_THAT(second.mail.bytes, HasSubstr("BBB-2"));
  auto intent = intend(first);
  ASSERT_TRUE(intent.coupon);
  EXPECT_EQ(intent.coupon->code, "AAA-1");
  EXPECT_EQ(intent.coupon->until, test_start + std::chrono::days{7});
  queue.accepted(first.id);
  auto outcome = settled();
  ASSERT_TRUE(outcome.coupon);
  EXPECT_EQ(outcome.coupon->code, "AAA-1");
}

TEST_F(coupons_in_mails, one_that_was_taken_back_is_anothers) {
  bring("AAA-1");
  auto first = mail(1);
  intend(first);
  queue.recall(claim_number(1), [](mail_id, size_t) { return recall_point::envelope; });
  queue.recalled(first.id, recall_point::envelope);
  log();
  EXPECT_EQ(count(coupon_state::free), 1u);
  auto second = mail(2);
  EXPECT_THAT(second.mail.bytes, HasSubstr("AAA-1"));
  intend(second);
  queue.in_doubt(second.id, "no answer");
  log();
  EXPECT_EQ(count(coupon_state::given), 1u) << "it may be with its owner";
  EXPECT_THAT(mail(3).mail.bytes, Not(HasSubstr("AAA-1")));
}

TEST_F(coupons_in_mails, another_try_has_the_same_bytes) {
  bring("AAA-1");
  bring("BBB-2");
  auto first = mail(1);
  intend(first);
  ASSERT_TRUE(queue.may_send(first.id));
  queue.put_off(first.id, "450 later");
  log();
  clock.advance(10min);
  auto again = pulled();
  EXPECT_EQ(again.mail.bytes, first.mail.bytes);
}

TEST_F(coupons_in_mails, without_a_code_nothing_is_said_of_a_discount) {
  auto m = mail(1);
  EXPECT_THAT(m.mail.bytes, Not(HasSubstr("korting")));
  EXPECT_EQ(intend(m).coupon->lack, coupon_lack::pool_empty);
  options.campaign.steps[0].coupon.clear();
  bring("AAA-1");
  auto plain = mail(2);
  EXPECT_THAT(plain.mail.bytes, Not(HasSubstr("korting")));
  EXPECT_FALSE(intend(plain).coupon);
}

TEST_F(coupons_in_mails, or_there_is_no_mail) {
  coupon_desk strict{{{"spring", {.percent = 10, .refuse_when_empty = true}}}};
  options.coupons = &strict;
  queue.offer(due_number(1));
  EXPECT_FALSE(queue.pull());
  expect_released(reason::out_of_stock);
}

TEST_F(coupons_in_mails, fixed_bytes_do_not_leave_with_a_dead_code) {
  options.relays.front().in_doubt = in_doubt_policy::hold;
  options.outlet = mail_outlet::smtp;
  bring("AAA-1", test_start + 25h);
  auto due = due_number(1);
  due.not_after = test_start + 48h;
  queue.offer(due);
  auto first = pulled();
  intend(first);
  ASSERT_TRUE(queue.may_send(first.id));
  queue.put_off(first.id, "450 later");
  log();
  clock.advance(25h);
  EXPECT_FALSE(queue.pull());
  expect_released(reason::expired_ttl);
}

}  // namespace
}  // namespace cartwheel::test
