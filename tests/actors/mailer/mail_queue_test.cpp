#include "actors/mailer/mail_queue.hpp"

#include "actors/content/packed_mail.hpp"
#include "actors/mailer/limits.hpp"
#include "tests/actors/mailer/mail_queue_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace test;
using smtp::mail_id;
using smtp::recall_point;

TEST_F(a_mail_queue, renders_what_is_pulled_oldest_due_first) {
  queue.offer(due_number(2));
  queue.offer(due_number(1));
  auto m = pulled().mail;
  EXPECT_EQ(m.recipient, "Anna.1@example.org");
  EXPECT_EQ(m.sender, "cart@example.com");
  EXPECT_THAT(m.bytes, testing::HasSubstr("\r\nMessage-ID: <" + m.message_id + ">\r\n"));
  EXPECT_THAT(m.bytes, testing::HasSubstr("\r\nList-Unsubscribe: <https://mail.example.com/u/"));
  EXPECT_TRUE(m.message_id.ends_with("@example.com"));
  EXPECT_EQ(pulled().mail.recipient, "Anna.2@example.org");
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.sending(), 2u);
}

TEST_F(a_mail_queue, links_to_unsubscribe_with_a_token_that_opens) {
  queue.offer(due_number(1));
  auto bytes = pulled().mail.bytes;
  auto begin = bytes.find("/u/") + 3;
  auto token = bytes.substr(begin, bytes.find('>', begin) - begin);
  auto opened = token_box{options.keys.links}.open(token, token_purpose::unsubscribe);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->shop, "default");
  EXPECT_EQ(opened->address, "Anna.1@example.org");
  EXPECT_EQ(opened->scope, "email");
}

TEST_F(a_mail_queue, settles_what_was_accepted) {
  queue.offer(due_number(1));
  auto id = pulled().id;
  auto intents = queue.intents_of({id});
  ASSERT_EQ(intents.size(), 1u);
  EXPECT_EQ((claim_id{intents[0].cart, intents[0].cycle, intents[0].step}), claim_number(1));
  EXPECT_EQ(intents[0].how, settlement::offered);
  queue.accepted(id);
  auto s = settled();
  EXPECT_EQ(s.how, settlement::accepted);
  EXPECT_EQ(s.address, due_number(1).address);
  EXPECT_EQ(metrics.of(reminder_outcome::accepted), 1u);
  EXPECT_EQ(queue.sending(), 0u);
}

TEST_F(a_mail_queue, settles_in_doubt_and_never_sends_again) {
  queue.offer(due_number(1));
  queue.in_doubt(pulled().id, "closed by the relay");
  auto s = settled();
  EXPECT_EQ(s.how, settlement::in_doubt);
  EXPECT_EQ(s.why, reason::in_doubt);
  EXPECT_EQ(metrics.in_doubt.value(), 1);
  EXPECT_FALSE(queue.pull());
}

TEST_F(a_mail_queue, releases_what_the_relay_rejects) {
  queue.offer(due_number(1));
  queue.rejected(pulled().id, "550 5.1.1 user unknown");
  expect_released(reason::relay_rejected);
  EXPECT_EQ(metrics.of(reminder_outcome::rejected), 1u);
}

TEST_F(a_mail_queue, releases_what_is_too_late_when_it_is_pulled) {
  queue.offer(due_number(1));
  clock.advance(24h);
  queue.offer(due_number(2));
  clock.advance(1ms);
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.take_settled().size(), 2u);
  EXPECT_EQ(metrics.of(reminder_outcome::expired), 2u);
}

TEST_F(a_mail_queue, may_still_send_at_the_very_moment_of_not_after) {
  queue.offer(due_number(1));
  clock.advance(24h);
  EXPECT_TRUE(queue.pull());
}

TEST_F(a_mail_queue, offers_none_once_its_hours_are_over) {
  auto evening = due_number(1);
  evening.quiet_from = clock.now() + 1h;
  queue.offer(std::move(evening));
  queue.offer(due_number(2));
  clock.advance(1h);
  EXPECT_EQ(pulled().mail.recipient, "Anna.2@example.org");
  expect_released(reason::quiet_hours);
  auto in_time = due_number(3);
  in_time.quiet_from = clock.now() + 1ms;
  queue.offer(std::move(in_time));
  EXPECT_EQ(pulled().mail.recipient, "Anna.3@example.org");
}

TEST_F(a_mail_queue, does_not_wait_for_a_try_in_quiet_hours) {
  auto r = due_number(1);
  r.quiet_from = clock.now() + 90s;
  queue.offer(std::move(r));
  queue.put_off(pulled().id, "451 4.7.1 greylisted");
  expect_released(reason::quiet_hours);
}

TEST_F(a_mail_queue, releases_what_no_mail_can_be_made_of_and_goes_on) {
  auto empty = due_number(1);
  empty.lines.clear();
  queue.offer(std::move(empty));
  auto no_step = due_number(2);
  no_step.claim.step = 9;
  queue.offer(std::move(no_step));
  auto no_address = due_number(3);
  no_address.address_as_given = "nobody\r\nBcc: x@example.org";
  queue.offer(std::move(no_address));
  queue.offer(due_number(4));
  EXPECT_EQ(pulled().mail.recipient, "Anna.4@example.org");
  auto all = queue.take_settled();
  ASSERT_EQ(all.size(), 3u);
  for (const auto& s : all) EXPECT_EQ(to_string(s.why), "template_error");
  EXPECT_EQ(metrics.of(reminder_outcome::template_error), 3u);
}

TEST_F(a_mail_queue, passes_the_soft_gates_refusals_on) {
  auto r = due_number(1);
  queue.refused(question_of(r), reason::consent_withdrawn);
  expect_released(reason::consent_withdrawn);
  queue.refused(question_of(r), reason::recalled_queue);
  expect_released(reason::recalled_queue);
  EXPECT_EQ(metrics.of(reminder_outcome::refused), 1u);
  EXPECT_EQ(metrics.of(reminder_outcome::recalled), 1u);
  EXPECT_EQ(metrics.recalled[0].value(), 1u);
}

TEST_F(a_mail_queue, takes_a_reminder_that_was_offered_twice_once) {
  queue.offer(due_number(1));
  queue.offer(due_number(1));
  queue.accepted(pulled().id);
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.take_settled().size(), 1u);
}

// Retries ------------------------------------------------------------------------------------------------------------

TEST_F(a_mail_queue, gives_back_to_the_front_without_using_up_a_try) {
  queue.offer(due_number(5));
  auto first = pulled();
  queue.offer(due_number(1));
  for (unsigned i = 0; i < 3 * limits::tries_max; ++i) {
    queue.give_back(first.id);
    auto again = pulled();
    ASSERT_EQ(again.id, first.id) << "before the one that was due earlier";
    ASSERT_EQ(again.mail.bytes, first.mail.bytes);
  }
  EXPECT_EQ(metrics.retries.value(), 0u);
}

TEST_F(a_mail_queue, tries_again_with_the_same_bytes_later_and_later_and_then_no_more) {
  queue.offer(due_number(1));
  auto first = pulled();
  auto id = first.id;
  std::vector<std::chrono::minutes> waits;
  for (unsigned t = 1; t < limits::tries_max; ++t) {
    queue.put_off(id, "451 4.7.1 greylisted");
    ASSERT_TRUE(queue.next_try());
    ASSERT_FALSE(queue.has_some());
    ASSERT_FALSE(queue.pull());
    waits.push_back(std::chrono::round<std::chrono::minutes>(*queue.next_try() - clock.now()));
    clock.advance_to(*queue.next_try());
    auto again = pulled();
    id = again.id;
    EXPECT_EQ(again.mail.bytes, first.mail.bytes);
    EXPECT_EQ(again.mail.message_id, first.mail.message_id);
  }
  const int minutes[] = {2, 5, 15, 30, 60, 60, 60};
  ASSERT_EQ(waits.size(), std::size(minutes));
  for (size_t i = 0; i < waits.size(); ++i) {
    EXPECT_GE(waits[i].count(), minutes[i] * 8 / 10 - 1);
    EXPECT_LE(waits[i].count(), minutes[i] * 12 / 10 + 1);
  }
  EXPECT_TRUE(queue.take_settled().empty());
  queue.put_off(id, "451 4.7.1 greylisted");
  expect_released(reason::relay_rejected);
  EXPECT_EQ(metrics.retries.value(), limits::tries_max - 1);
}

TEST_F(a_mail_queue, does_not_wait_for_a_try_that_would_be_too_late) {
  auto r = due_number(1);
  r.not_after = clock.now() + 90s;
  queue.offer(std::move(r));
  queue.put_off(pulled().id, "451 4.7.1 greylisted");
  expect_released(reason::expired_ttl);
}

TEST_F(a_mail_queue, lets_a_mail_that_breaks_connections_rest) {
  queue.offer(due_number(1));
  queue.offer(due_number(2));
  auto breaks = pulled().id;
  for (unsigned i = 0; i < limits::lost_connections_max; ++i) {
    queue.connection_lost(breaks, "closed by the relay");
    ASSERT_EQ(pulled().id, breaks);
  }
  queue.connection_lost(breaks, "closed by the relay");
  EXPECT_NE(pulled().id, breaks);
  EXPECT_EQ(queue.deferred(), 1u);
}

// Recalls ------------------------------------------------------------------------------------------------------------

TEST_F(a_mail_queue, recalls_what_is_ready) {
  queue.offer(due_number(1));
  nobody_has_it(1);
  expect_released(reason::recalled_queue);
  EXPECT_EQ(metrics.recalled[0].value(), 1u);
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.ready(), 0u);
}

TEST_F(a_mail_queue, recalls_what_waits_for_its_next_try) {
  queue.offer(due_number(1));
  queue.put_off(pulled().id, "451");
  nobody_has_it(1);
  expect_released(reason::recalled_queue);
  clock.advance(1h);
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.deferred(), 0u);
}

TEST_F(a_mail_queue, says_where_the_outlet_caught_it) {
  const std::pair<recall_point, reason> points[] = {{recall_point::queue, reason::recalled_queue},
                                                    {recall_point::envelope, reason::recalled_envelope},
                                                    {recall_point::content, reason::recalled_content}};
  uint32_t n = 0;
  for (auto [point, why] : points) {
    queue.offer(due_number(++n));
    auto id = pulled().id;
    EXPECT_TRUE(queue.may_send(id));
    recall(n, point);
    EXPECT_FALSE(queue.may_send(id));
    EXPECT_FALSE(queue.has_settled()) << "the outlet has not said so yet";
    queue.recalled(id, recall_point::envelope);
    expect_released(why, n);
  }
  for (const auto& c : metrics.recalled) EXPECT_EQ(c.value(), 1u);
}

TEST_F(a_mail_queue, counts_a_recall_that_came_too_late) {
  queue.offer(due_number(1));
  auto id = pulled().id;
  recall(1, recall_point::too_late);
  queue.accepted(id);
  EXPECT_EQ(settled().how, settlement::accepted);
  EXPECT_EQ(metrics.recalls_too_late.value(), 1u);
}

TEST_F(a_mail_queue, does_not_try_again_what_was_recalled_too_late_for_the_first_try) {
  queue.offer(due_number(1));
  auto id = pulled().id;
  recall(1, recall_point::too_late);
  queue.put_off(id, "452 4.2.2 later");
  expect_released(reason::recalled_queue);
  EXPECT_EQ(metrics.recalls_too_late.value(), 0u);
  EXPECT_EQ(queue.deferred(), 0u);
}

TEST_F(a_mail_queue, does_not_take_back_into_its_queue_what_was_recalled_meanwhile) {
  queue.offer(due_number(1));
  auto id = pulled().id;
  recall(1, recall_point::envelope);
  recall(1, recall_point::envelope);
  queue.give_back(id);
  expect_released(reason::recalled_envelope);
  EXPECT_FALSE(queue.pull());
}

TEST_F(a_mail_queue, settles_nothing_for_a_recall_of_what_is_settled) {
  queue.offer(due_number(1));
  queue.accepted(pulled().id);
  queue.take_settled();
  nobody_has_it(1);
  EXPECT_FALSE(queue.has_settled());
  EXPECT_EQ(metrics.recalls_too_late.value(), 1u);
}

TEST(a_failure_log, leaves_addresses_out) {
  EXPECT_EQ(failure_log::without_addresses("550 5.7.1 <anna@example.org>: Relay access denied"),
            "550 5.7.1 <...>: Relay access denied");
  EXPECT_EQ(failure_log::without_addresses("anna@example.org"), "...");
  EXPECT_EQ(failure_log::without_addresses(""), "");
}

TEST_F(a_mail_queue, hands_on_what_a_refusal_says_of_the_address) {
  for (auto news : {address_news::none, address_news::hard_bounce, address_news::quota}) {
    queue.offer(due_number(1));
    queue.rejected(pulled().id, "550 5.1.1 no such user", news);
    auto s = settled();
    EXPECT_EQ(s.how, settlement::released);
    EXPECT_EQ(s.why, reason::relay_rejected);
    EXPECT_EQ(s.news, news);
  }
}

TEST_F(a_mail_queue, puts_a_token_into_the_envelope_sender_where_there_is_an_address_for_bounces) {
  options.shops.fallback.bounce_address = "bounce@example.com";
  queue.offer(due_number(1));
  auto m = pulled();
  auto about = bounce_tokens{options.keys.message_id}.open_address(m.mail.sender);
  ASSERT_TRUE(about);
  EXPECT_EQ(about->address, due_number(1).address);
  EXPECT_EQ(about->decided, due_number(1).decided);
  EXPECT_THAT(m.mail.bytes, testing::HasSubstr("<cart@example.com>\r\n")) << "the From field stays";
  queue.give_back(m.id);
  EXPECT_EQ(pulled().mail.sender, m.mail.sender);
}

// A trial ------------------------------------------------------------------------------------------------------------

TEST(a_mail_queue_on_trial, sends_to_listed_addresses_only) {
  auto options = options_for_tests();
  options.only_to = {"anna.1@example.org"};
  manual_clock clock{test_start};
  mailer_metrics metrics;
  mail_queue queue{options, clock, metrics};
  queue.offer(due_number(1));
  queue.offer(due_number(2));
  auto all = queue.take_settled();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].cart.slot, 2u);
  EXPECT_EQ(all[0].how, settlement::released);
  EXPECT_EQ(all[0].why, reason::shadow);
  EXPECT_EQ(metrics.of(reminder_outcome::shadow), 1u);
  auto m = queue.pull();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->mail.recipient, "Anna.1@example.org") << "as given";
  EXPECT_FALSE(queue.pull());
}

// Whatever happens ---------------------------------------------------------------------------------------------------

TEST_F(a_mail_queue, settles_each_claim_once_whatever_happens) {
  std::mt19937 random{20260117};
  constexpr uint32_t total = 2000;
  std::vector<std::pair<mail_id, bool>> out;  // recalled in time
  std::vector<uint32_t> of_mail(2 * total);
  std::vector<unsigned> settlements(total + 1);
  uint32_t offered = 0;
  auto count = [&] {
    for (const auto& s : queue.take_settled()) ++settlements[s.cart.slot];
  };
  auto finish = [&](size_t i) {
    auto [id, in_time] = out[i];
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
    if (in_time) return queue.recalled(id, recall_point::envelope);
    switch (random() % 6) {
      case 0: return queue.accepted(id);
      case 1: return queue.rejected(id, "550");
      case 2: return queue.put_off(id, "451");
      case 3: return queue.give_back(id);
      case 4: return queue.connection_lost(id, "lost");
      default: return queue.in_doubt(id, "lost");
    }
  };
  for (int i = 0; i < 50'000; ++i) {
    switch (random() % 5) {
      case 0:
        if (offered < total) queue.offer(due_number(++offered));
        break;
      case 1:
        if (out.size() < 32)
          if (auto m = queue.pull()) out.emplace_back(m->id, false);
        break;
      case 2:
        if (!out.empty()) finish(random() % out.size());
        break;
      case 3:
        if (offered != 0 && random() % 4 == 0)
          queue.recall(claim_number(static_cast<uint32_t>(1 + random() % offered)), [&](mail_id id, size_t) {
            auto at = static_cast<recall_point>(random() % 4);
            for (auto& [held, in_time] : out)
              if (held == id && at != recall_point::too_late) in_time = true;
            return at;
          });
        break;
      default: clock.advance(milliseconds{static_cast<int64_t>(random() % 5000)}); break;
    }
    count();
    ASSERT_EQ(queue.sending(), out.size());
  }
  clock.advance(48h);
  while (!out.empty()) finish(0);
  EXPECT_FALSE(queue.pull());
  count();
  EXPECT_EQ(offered, total);
  for (uint32_t n = 1; n <= offered; ++n) ASSERT_EQ(settlements[n], 1u) << n;
  EXPECT_EQ(queue.ready() + queue.deferred() + queue.sending(), 0u);
}

}  // namespace
}  // namespace cartwheel
