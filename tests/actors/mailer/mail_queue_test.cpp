#include "actors/mailer/mail_queue.hpp"

#include "actors/content/packed_mail.hpp"
#include "actors/mailer/limits.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/actors/mailer/mailer_fixture.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace test;
using smtp::mail_id;
using smtp::recall_point;

class a_mail_queue : public testing::Test {
 protected:
  mail_queue::pulled_mail pulled() {
    auto m = queue.pull();
    EXPECT_TRUE(m.has_value());
    return m ? std::move(*m) : mail_queue::pulled_mail{};
  }
  /// The only settlement since the last call.
  settled_reminder settled() {
    auto all = queue.take_settled();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? settled_reminder{} : all.front();
  }
  void expect_released(reason why, uint32_t n = 1) {
    auto s = settled();
    EXPECT_EQ(s.how, settlement::released);
    EXPECT_EQ(to_string(s.why), to_string(why));
    EXPECT_EQ(s.cart.slot, n);
    EXPECT_EQ(s.address, due_number(n).address);
    EXPECT_EQ(s.tick, due_number(n).decided);
  }
  void recall(uint32_t n, recall_point outlet_says) {
    queue.recall(claim_number(n), [=](mail_id, size_t) { return outlet_says; });
  }
  void nobody_has_it(uint32_t n) {
    queue.recall(claim_number(n), [](mail_id, size_t) {
      ADD_FAILURE() << "no outlet has it";
      return recall_point::too_late;
    });
  }

  mailer_options options = options_for_tests();
  manual_clock clock{test_start};
  mailer_metrics metrics;
  mail_queue queue{options, clock, metrics};
};

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

// Signatures ---------------------------------------------------------------------------------------------------------

class a_mail_queue_that_signs : public a_mail_queue {
 protected:
  a_mail_queue_that_signs() {
    options.dkim = std::make_shared<const dkim_signer>(std::map<std::string, dkim_settings>{
      {"example.com", {"news", write_key(scratch.path() / "rsa", test::rsa_key()), "", ""}}});
  }
  /// What a signing thread makes of it.
  signed_mail signed_of(mail_to_sign m) const {
    auto fields = options.dkim->sign(m.domain, m.mail.bytes, m.date);
    EXPECT_NE(fields, "");
    m.mail.bytes.insert(0, fields);
    return {m.id, std::move(m.mail), {}};
  }
  void sign_all() {
    for (auto& m : queue.take_to_sign(100)) queue.signed_as(signed_of(std::move(m)));
  }
  test::scratch_folder scratch;
};

TEST_F(a_mail_queue_that_signs, gives_out_what_is_signed_and_nothing_else) {
  queue.offer(due_number(2));
  queue.offer(due_number(1));
  EXPECT_FALSE(queue.has_some());
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.ready(), 2u);
  auto first = queue.take_to_sign(1);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].domain, "example.com");
  EXPECT_THAT(first[0].mail.recipient, testing::StartsWith("Anna.1@")) << "oldest due first";
  EXPECT_FALSE(queue.pull()) << "it is being signed";
  EXPECT_EQ(queue.rendered(), 1u);
  queue.signed_as(signed_of(first[0]));
  EXPECT_TRUE(queue.has_some());
  auto m = pulled();
  EXPECT_EQ(m.mail.bytes, signed_of(first[0]).mail.bytes);
  EXPECT_EQ(queue.ready(), 1u);
  EXPECT_EQ(queue.sending(), 1u);
}

TEST_F(a_mail_queue_that_signs, takes_back_what_waits_for_its_signature) {
  for (uint32_t n = 1; n <= 3; ++n) queue.offer(due_number(n));
  auto mails = queue.take_to_sign(2);
  queue.signed_as(signed_of(mails.at(0)));
  for (uint32_t n = 1; n <= 3; ++n) {
    nobody_has_it(n);
    expect_released(reason::recalled_queue, n);
  }
  queue.signed_as(signed_of(mails.at(1)));  // comes when it is gone
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.ready() + queue.sending() + queue.rendered(), 0u);
}

TEST_F(a_mail_queue_that_signs, signs_each_try_anew_and_to_the_same_bytes) {
  queue.offer(due_number(1));
  sign_all();
  auto first = pulled();
  queue.put_off(first.id, "451");
  EXPECT_FALSE(queue.has_some());
  clock.advance(1h);
  EXPECT_FALSE(queue.has_some()) << "it has no signature yet";
  sign_all();
  auto second = pulled();
  EXPECT_EQ(second.mail.bytes, first.mail.bytes);
  queue.give_back(second.id);
  sign_all();
  EXPECT_EQ(pulled().mail.bytes, first.mail.bytes);
}

TEST_F(a_mail_queue_that_signs, keeps_the_signed_bytes_where_bytes_are_kept) {
  options.in_doubt = in_doubt_policy::hold;
  queue.offer(due_number(1));
  sign_all();
  auto m = pulled();
  EXPECT_EQ(unpack_mail(queue.intents_of({m.id}).at(0).mail).bytes, m.mail.bytes);
  queue.give_back(m.id);
  EXPECT_TRUE(queue.take_to_sign(10).empty()) << "they are fixed";
  EXPECT_EQ(pulled().mail.bytes, m.mail.bytes);
}

TEST_F(a_mail_queue_that_signs, does_not_send_what_could_not_be_signed) {
  queue.offer(due_number(1));
  auto m = queue.take_to_sign(1).at(0);
  queue.signed_as({m.id, std::move(m.mail), "OpenSSL: signing failed"});
  expect_released(reason::template_error);
  EXPECT_FALSE(queue.pull());
}

TEST_F(a_mail_queue_that_signs, gives_up_what_is_too_late_before_it_is_signed_and_after) {
  queue.offer(due_number(1));
  queue.offer(due_number(2));
  queue.signed_as(signed_of(queue.take_to_sign(1).at(0)));
  clock.advance(25h);
  EXPECT_TRUE(queue.take_to_sign(10).empty());
  expect_released(reason::expired_ttl, 2);
  EXPECT_FALSE(queue.pull());
  expect_released(reason::expired_ttl, 1);
}

TEST_F(a_mail_queue_that_signs, leaves_other_domains_alone) {
  options.shops.fallback.from = "cart@elsewhere.example";
  queue.offer(due_number(1));
  EXPECT_TRUE(queue.take_to_sign(10).empty());
  EXPECT_THAT(pulled().mail.bytes, testing::StartsWith("From: "));
}

// What replies say of addresses --------------------------------------------------------------------------------------

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

// In doubt -----------------------------------------------------------------------------------------------------------

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
