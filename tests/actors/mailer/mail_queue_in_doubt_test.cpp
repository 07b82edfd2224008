#include "actors/content/packed_mail.hpp"
#include "actors/mailer/limits.hpp"
#include "tests/actors/mailer/mail_queue_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace test;

class a_mail_queue_in_doubt : public a_mail_queue {
 protected:
  /// Pulls it and writes its intent; its content is offered.
  mail_queue::pulled_mail offered(uint32_t n = 1) {
    queue.offer(due_number(n));
    return offered_again();
  }
  mail_queue::pulled_mail offered_again() {
    auto m = pulled();
    intent = queue.intents_of({m.id}).at(0);
    EXPECT_TRUE(queue.may_send(m.id));
    return m;
  }
  settled_reminder intent;
};

TEST_F(a_mail_queue_in_doubt, keeps_no_bytes_where_it_drops) {
  auto m = offered();
  EXPECT_EQ(intent.mail, "");
  queue.put_off(m.id, "451");
  EXPECT_EQ(settled().how, settlement::not_sent);
}

TEST_F(a_mail_queue_in_doubt, holds_with_the_bytes_in_the_intent) {
  options.in_doubt = in_doubt_policy::hold;
  auto m = offered();
  EXPECT_EQ(unpack_mail(intent.mail).bytes, m.mail.bytes);
  EXPECT_EQ(message_id_of(intent.mail), m.mail.message_id);
  queue.in_doubt(m.id, "closed by the relay");
  auto s = settled();
  EXPECT_EQ(s.how, settlement::held);
  EXPECT_EQ(s.mail, "") << "the log has it";
  EXPECT_EQ(metrics.of(reminder_outcome::in_doubt), 1u);
  EXPECT_EQ(metrics.in_doubt.value(), 0) << "its shard counts it";
  EXPECT_FALSE(queue.pull());
}

TEST_F(a_mail_queue_in_doubt, offers_the_same_bytes_again_whatever_the_cart_is_now) {
  options.in_doubt = in_doubt_policy::resend;
  auto m = offered();
  queue.in_doubt(m.id, "closed by the relay");
  EXPECT_EQ(settled().how, settlement::resent);
  auto again = due_number(1);
  again.mail = intent.mail;
  again.doubts = 1;
  again.lines.clear();
  again.shopper_name = "Berta";
  clock.advance(1h);
  queue.offer(std::move(again));
  auto second = offered_again();
  EXPECT_EQ(second.mail.bytes, m.mail.bytes);
  EXPECT_EQ(second.mail.message_id, m.mail.message_id);
  EXPECT_EQ(second.mail.recipient, m.mail.recipient);
  EXPECT_EQ(second.mail.sender, m.mail.sender);
}

TEST_F(a_mail_queue_in_doubt, does_not_resend_for_ever) {
  options.in_doubt = in_doubt_policy::resend;
  for (uint32_t doubts = 0; doubts < limits::doubts_max; ++doubts) {
    auto r = due_number(1);
    r.doubts = doubts;
    queue.offer(std::move(r));
    queue.in_doubt(offered_again().id, "closed by the relay");
    EXPECT_EQ(settled().how, doubts + 1 < limits::doubts_max ? settlement::resent : settlement::in_doubt);
  }
}

TEST_F(a_mail_queue_in_doubt, says_whether_content_was_offered_when_it_is_put_off) {
  options.in_doubt = in_doubt_policy::hold;
  queue.offer(due_number(1));
  auto id = pulled().id;
  queue.intents_of({id});
  queue.give_back(id);
  EXPECT_EQ(settled().how, settlement::not_sent);
  id = offered_again().id;
  queue.put_off(id, "451");
  EXPECT_EQ(settled().how, settlement::put_off);
}

TEST_F(a_mail_queue_in_doubt, keeps_the_claim_of_one_that_may_have_arrived_and_is_too_late_now) {
  options.in_doubt = in_doubt_policy::resend;
  auto r = due_number(1);
  r.doubts = 1;
  queue.offer(std::move(r));
  clock.advance(25h);
  EXPECT_FALSE(queue.pull());
  auto s = settled();
  EXPECT_EQ(s.how, settlement::in_doubt);
  EXPECT_EQ(s.why, reason::expired_ttl);
  EXPECT_EQ(metrics.in_doubt.value(), 1);
}

TEST_F(a_mail_queue_in_doubt, settles_what_an_earlier_process_left_as_its_policy_says) {
  auto q = question_of(due_number(1));
  auto how = [&](in_doubt_policy p, uint32_t doubts, bool kept) {
    options.in_doubt = p;
    queue.interrupted(q, doubts, kept);
    return settled().how;
  };
  EXPECT_EQ(how(in_doubt_policy::drop, 0, true), settlement::in_doubt);
  EXPECT_EQ(how(in_doubt_policy::hold, 0, true), settlement::held);
  EXPECT_EQ(how(in_doubt_policy::hold, 7, true), settlement::held);
  EXPECT_EQ(how(in_doubt_policy::resend, 0, true), settlement::resent);
  EXPECT_EQ(how(in_doubt_policy::resend, limits::doubts_max - 1, true), settlement::in_doubt);
  EXPECT_EQ(how(in_doubt_policy::hold, 0, false), settlement::in_doubt) << "its bytes are not there";
  EXPECT_EQ(how(in_doubt_policy::resend, 0, false), settlement::in_doubt);
  EXPECT_EQ(metrics.of(reminder_outcome::in_doubt), 7u);
}

}  // namespace
}  // namespace cartwheel
