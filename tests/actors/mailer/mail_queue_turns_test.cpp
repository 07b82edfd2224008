#include "actors/mailer/limits.hpp"
#include "tests/actors/mailer/mail_queue_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

using namespace test;

TEST_F(a_mail_queue, shops_and_mail_hosts_take_turns) {
  for (uint32_t n = 1; n <= 3; ++n) queue.offer(due_number(n));
  auto other = due_number(4);
  other.shop = "other";
  queue.offer(other);
  auto gmail = due_number(5);
  gmail.address_as_given = "anna.5@gmail.com";
  queue.offer(gmail);
  std::vector<std::string> order;
  while (auto m = queue.pull()) order.push_back(m->mail.recipient);
  ASSERT_EQ(order.size(), 5u);
  EXPECT_EQ((std::set<std::string>{order.begin(), order.begin() + 3}),
            (std::set<std::string>{"Anna.1@example.org", "Anna.4@example.org", "anna.5@gmail.com"}))
    << "none waits for the end of another's";
  EXPECT_EQ(order[3], "Anna.2@example.org");
  EXPECT_EQ(order[4], "Anna.3@example.org");
}

struct a_paced_mail_queue : a_mail_queue {
  const mailer_options& with_rate() {
    options.shop_rate = 2;
    return options;
  }
  mail_queue paced{with_rate(), clock, metrics};
};

TEST_F(a_paced_mail_queue, keeps_each_shop_to_its_rate_and_lets_others_go) {
  for (uint32_t n = 1; n <= 5; ++n) paced.offer(due_number(n));
  auto other = due_number(9);
  other.shop = "other";
  paced.offer(other);
  std::vector<std::string> at_once;
  while (auto m = paced.pull()) at_once.push_back(m->mail.recipient);
  EXPECT_THAT(at_once, testing::UnorderedElementsAre("Anna.1@example.org", "Anna.2@example.org", "Anna.9@example.org"))
    << "the first comes a turn early at most";
  size_t later = 0;
  for (int half_seconds = 1; half_seconds <= 3; ++half_seconds) {
    ASSERT_TRUE(paced.next_try());
    clock.advance(500ms);
    ASSERT_TRUE(paced.has_some());
    while (paced.pull()) ++later;
    EXPECT_EQ(later, static_cast<size_t>(half_seconds));
  }
}

TEST_F(a_paced_mail_queue, an_order_takes_back_what_waits_for_its_turn) {
  for (uint32_t n = 1; n <= 3; ++n) paced.offer(due_number(n));
  while (paced.pull()) {}
  ASSERT_EQ(paced.deferred(), 1u);
  paced.recall(claim_number(3), [](mail_id, size_t) { return recall_point::too_late; });
  EXPECT_EQ(paced.deferred(), 0u);
  EXPECT_EQ(metrics.recalled[0].value(), 1u);
}

struct a_mail_queue_of_two_relays : testing::Test {
  a_mail_queue_of_two_relays() {
    options.outlet = mail_outlet::smtp;
    options.relays.push_back({"second"});
  }
  mailer_options options = options_for_tests();
  manual_clock clock{test_start};
  mailer_metrics metrics;
  mail_queue queue{options, clock, metrics};
};

TEST_F(a_mail_queue_of_two_relays, pauses_a_shop_at_the_relay_that_refuses_its_sender) {
  for (uint32_t n = 1; n <= 20; ++n) queue.offer(due_number(n));
  auto other = due_number(30);
  other.shop = "other";
  queue.offer(other);
  unsigned refused = 0;
  bool other_went = false;
  while (auto m = queue.pull(0)) {
    if (m->mail.recipient == "Anna.30@example.org") {
      queue.accepted(m->id);
      other_went = true;
      continue;
    }
    ASSERT_LT(++refused, 100u);
    queue.sender_refused(m->id, "550 5.7.1 sender not allowed");
  }
  EXPECT_TRUE(other_went);
  EXPECT_EQ(refused, limits::sender_refusals_max);
  EXPECT_FALSE(queue.has_some(0)) << "or the relay would be woken for nothing";
  EXPECT_EQ(metrics.sender_pauses.value(), 1u);
  EXPECT_EQ(queue.ready(), 20u) << "none is lost, none has used up a try";
  auto elsewhere = queue.pull(1);
  ASSERT_TRUE(elsewhere);
  queue.accepted(elsewhere->id);
  ASSERT_TRUE(queue.next_try());
  clock.advance_to(*queue.next_try());
  EXPECT_TRUE(queue.has_some(0)) << "another try behind the pause";
}

TEST_F(a_mail_queue_of_two_relays, keeps_bytes_for_the_relay_whose_doubts_are_kept) {
  options.relays[1].in_doubt = in_doubt_policy::hold;
  queue.offer(due_number(1));
  queue.offer(due_number(2));
  auto first = queue.pull(0);
  auto second = queue.pull(1);
  ASSERT_TRUE(first && second);
  for (auto id : {first->id, second->id}) {
    queue.intents_of({id});
    queue.may_send(id);
    queue.in_doubt(id, "closed");
  }
  auto s = queue.take_settled();
  ASSERT_EQ(s.size(), 2u);
  EXPECT_EQ(s[0].how, settlement::in_doubt);
  EXPECT_EQ(s[1].how, settlement::held);
}

}  // namespace
}  // namespace cartwheel
