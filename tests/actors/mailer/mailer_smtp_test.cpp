#include "actors/mailer/limits.hpp"
#include "actors/mailer/mailer.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/actors/mailer/mailer_fixture.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace test;
using smtp::test::loopback_sink;

class a_mailer_with_a_relay : public testing::Test {
 protected:
  void start() {
    options.outlet = mail_outlet::smtp;
    options.relays.at(0).link.port = sink.port();
    options.relays.at(0).link.connections = 2;
    options.relays.at(0).link.backoff_first = 10ms;
    options.relays.at(0).link.backoff_max = 50ms;
    under_test = std::make_unique<mailer>(options, clock, ledger);
  }
  void TearDown() override { under_test.reset(); }

  static due_reminder to(uint32_t n, std::string address) {
    auto r = due_number(n);
    r.address_as_given = std::move(address);
    return r;
  }
  void drain() {
    std::promise<void> done;
    under_test->drain([&] { done.set_value(); });
    EXPECT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  }
  const mailer_metrics& metrics() const { return under_test->metrics(); }

  loopback_sink sink;
  mailer_options options = options_for_tests();
  manual_clock clock{test_start};
  fake_ledger ledger;
  std::unique_ptr<mailer> under_test;
};

TEST_F(a_mailer_with_a_relay, sends_and_settles) {
  start();
  for (uint32_t n = 1; n <= 50; ++n) under_test->offer(due_number(n));
  auto settled = ledger.wait_for_settled(50);
  for (const auto& s : settled) EXPECT_EQ(s.how, settlement::accepted);
  auto taken = sink.taken();
  ASSERT_EQ(taken.size(), 50u);
  EXPECT_EQ(taken[0].sender, "cart@example.com");
  EXPECT_THAT(taken[0].content, testing::HasSubstr("\r\nMessage-ID: <"));
  EXPECT_EQ(ledger.intents().size(), 50u);
  EXPECT_EQ(under_test->relay_stats().at(0).stats.of(smtp::verdict::accepted), 50u);
  EXPECT_EQ(metrics().of(reminder_outcome::accepted), 50u);
}

class a_mailer_that_signs : public a_mailer_with_a_relay {
 protected:
  a_mailer_that_signs() {
    options.dkim = std::make_shared<const dkim_signer>(std::map<std::string, dkim_settings>{
      {"example.com", {"news", write_key(scratch.path() / "rsa", rsa_key()), "", ""}}});
  }
  scratch_folder scratch;
};

TEST_F(a_mailer_that_signs, sends_every_mail_signed_and_the_same_at_each_try) {
  std::atomic<uint32_t> next{0};
  ledger.on_grant([&](shard_id shard, size_t n) {
    for (; n > 0 && next < 200; --n) under_test->offer(due_number(++next));
    if (n > 0) under_test->unused(shard, n);
  });
  sink.set({.script = {.hang_up_after_mails = 7}});  // some come back and are signed again
  start();
  under_test->ready(shard_id{0}, 200);
  for (const auto& s : ledger.wait_for_settled(200)) EXPECT_EQ(s.how, settlement::accepted);
  auto taken = sink.taken();
  EXPECT_EQ(taken.size(), 200u);
  for (const auto& m : taken) {
    auto end = m.content.find("\r\nFrom: ");
    ASSERT_NE(end, m.content.npos);
    EXPECT_EQ(m.content.substr(0, end + 2),
              options.dkim->sign("example.com", std::string_view{m.content}.substr(end + 2), test_start));
  }
}

TEST_F(a_mailer_that_signs, takes_back_what_it_has_not_sent) {
  sink.down();
  start();
  for (uint32_t n = 1; n <= 20; ++n) under_test->offer(due_number(n));
  for (uint32_t n = 1; n <= 20; ++n) under_test->recall(claim_number(n), reason::consent_withdrawn);
  for (const auto& s : ledger.wait_for_settled(20)) EXPECT_EQ(s.why, reason::recalled_queue);
}

TEST_F(a_mailer_that_signs, ends_while_it_signs) {
  start();
  for (uint32_t n = 1; n <= 100; ++n) under_test->offer(due_number(n));
  under_test.reset();  // nothing is left hanging, whatever was under way
}

TEST_F(a_mailer_with_a_relay, tells_what_a_reply_says_of_the_address) {
  start();
  under_test->offer(to(1, "anna+rcpt=550/5.1.1@example.org"));
  under_test->offer(to(2, "anna+rcpt=552/5.2.2@example.org"));
  under_test->offer(to(3, "anna+rcpt=550/5.7.1@example.org"));
  under_test->offer(to(4, "anna+dot=550/5.1.1@example.org"));
  under_test->offer(to(5, "anna+dot=550/5.7.1@example.org"));
  std::map<uint32_t, address_news> news;
  for (const auto& s : ledger.wait_for_settled(5)) news[s.cart.slot] = s.news;
  EXPECT_EQ(news, (std::map<uint32_t, address_news>{{1, address_news::hard_bounce},
                                                    {2, address_news::quota},
                                                    {3, address_news::none},
                                                    {4, address_news::hard_bounce},
                                                    {5, address_news::none}}));
}

TEST_F(a_mailer_with_a_relay, works_off_a_long_queue_on_credit) {
  std::atomic<uint32_t> next{0};
  ledger.on_grant([&](shard_id shard, size_t n) {
    for (; n > 0 && next < 500; --n) under_test->offer(due_number(++next));
    if (n > 0) under_test->unused(shard, n);
  });
  start();
  under_test->ready(shard_id{0}, 500);
  ledger.wait_for_settled(500);
  EXPECT_EQ(sink.taken().size(), 500u);
  EXPECT_TRUE(soon([&] { return metrics().credit.value() == 0; }));
}

TEST_F(a_mailer_with_a_relay, leaves_no_more_intents_open_than_its_connections_hold_mails) {
  options.relays.at(0).link.connections = 1;
  // Of a batch so many are sent before the next is asked for.
  constexpr int first_sent = smtp::limits::intents_batch_max - smtp::limits::mails_left_low;
  for (int breaks : {-1, 3, 7, first_sent + 1, 20}) {
    SCOPED_TRACE(breaks);
    smtp::test::sink_options how;
    how.script.hang_up_after_mails = breaks;
    sink.set(how);
    fake_ledger log;
    options.outlet = mail_outlet::smtp;
    options.relays.at(0).link.port = sink.port();
    options.relays.at(0).link.backoff_first = options.relays.at(0).link.backoff_max = 1ms;
    mailer m{options, clock, log};
    for (uint32_t n = 1; n <= 500; ++n) m.offer(due_number(n));
    log.wait_for_settled(500);
    EXPECT_LE(log.most_open(), smtp::limits::mails_ahead_max);
    if (breaks < 0 || breaks > first_sent) {
      EXPECT_GT(log.most_open(), smtp::limits::intents_batch_max) << "the next are written while the last are sent";
    }
  }
}

TEST_F(a_mailer_with_a_relay, fails_over_to_the_next_and_comes_back) {
  smtp::test::loopback_sink second;
  options.relays.push_back({"second", 2});
  options.relays[1].link.port = second.port();
  sink.down();
  start();
  for (uint32_t n = 1; n <= 40; ++n) under_test->offer(due_number(n));
  for (const auto& s : ledger.wait_for_settled(40)) EXPECT_EQ(s.how, settlement::accepted);
  EXPECT_EQ(second.taken().size(), 40u);
  sink.up();
  uint32_t n = 40;
  EXPECT_TRUE(soon([&] {  // a mail finds out that the first is back
    under_test->offer(due_number(++n));
    ledger.wait_for_settled(n);
    return !sink.taken().empty();
  }));
  const auto at_second = second.taken().size();
  for (uint32_t i = 0; i < 40; ++i) under_test->offer(due_number(++n));
  for (const auto& s : ledger.wait_for_settled(n)) EXPECT_EQ(s.how, settlement::accepted);
  EXPECT_EQ(second.taken().size(), at_second) << "it stands in, it does not help out";
  EXPECT_EQ(sink.taken().size() + second.taken().size(), n) << "none twice";
}

TEST_F(a_mailer_with_a_relay, shares_among_equals_by_weight) {
  smtp::test::loopback_sink second;
  options.relays[0].weight = 3;
  options.relays.push_back({"second"});
  options.relays[1].link.port = second.port();
  options.relays[1].link.connections = 2;
  start();
  for (uint32_t n = 1; n <= 80; ++n) {  // none of them is ever full
    under_test->offer(due_number(n));
    ledger.wait_for_settled(n);
  }
  EXPECT_EQ(sink.taken().size() + second.taken().size(), 80u);
  EXPECT_NEAR(static_cast<double>(sink.taken().size()), 60, 3);
}

TEST_F(a_mailer_with_a_relay, what_was_offered_to_one_relay_is_not_offered_to_another) {
  smtp::test::loopback_sink second;
  options.relays.push_back({"second", 2});
  options.relays[1].link.port = second.port();
  start();
  under_test->offer(to(1, "a+dot=drop@example.org"));
  EXPECT_EQ(ledger.wait_for_settled(1)[0].how, settlement::in_doubt);
  EXPECT_TRUE(second.taken().empty());
}

TEST_F(a_mailer_with_a_relay, a_refused_sender_uses_up_no_tries) {
  options.shops.fallback.from = "cart+mail=550@example.com";
  start();
  for (uint32_t n = 1; n <= 3; ++n) under_test->offer(due_number(n));
  EXPECT_TRUE(soon([&] { return metrics().sender_pauses.value() == 1; }));
  EXPECT_TRUE(ledger.settled().empty());
  EXPECT_EQ(metrics().retries.value(), 0u);
}

TEST_F(a_mailer_with_a_relay, grants_no_more_than_its_bound_while_the_relay_is_down) {
  sink.down();
  ledger.on_grant([&](shard_id shard, size_t n) {
    static uint32_t next = 0;
    for (; n > 0; --n) under_test->offer(due_number(++next, static_cast<uint16_t>(shard)));
  });
  start();
  for (int i = 0; i < 20; ++i) {
    under_test->ready(shard_id{0}, 1000);
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_EQ(ledger.granted(), 2 * limits::ready_per_connection);
  EXPECT_EQ(metrics().ready.value(), static_cast<int64_t>(2 * limits::ready_per_connection)) << "none is lost";
  EXPECT_TRUE(ledger.settled().empty());
  ledger.on_grant({});
  sink.up();
  ledger.wait_for_settled(2 * limits::ready_per_connection);
}

TEST_F(a_mailer_with_a_relay, releases_what_the_relay_rejects) {
  start();
  under_test->offer(to(1, "a+rcpt=550@example.org"));
  under_test->offer(to(2, "b+dot=554@example.org"));
  under_test->offer(to(3, "c@example.org"));
  for (const auto& s : ledger.wait_for_settled(3)) {
    EXPECT_EQ(s.how, s.cart.slot == 3 ? settlement::accepted : settlement::released);
    if (s.cart.slot != 3) {
      EXPECT_EQ(s.why, reason::relay_rejected);
    }
  }
  EXPECT_EQ(metrics().of(reminder_outcome::rejected), 2u);
}

TEST_F(a_mailer_with_a_relay, tries_again_later_what_the_relay_puts_off) {
  start();
  under_test->offer(to(1, "a+rcpt=451@example.org"));
  under_test->offer(to(2, "b+dot=452@example.org"));
  for (int64_t t = 1; t < static_cast<int64_t>(limits::tries_max); ++t) {
    ASSERT_TRUE(soon([&] { return metrics().deferred.value() == 2 && metrics().retries.value() == uint64_t(2 * t); }));
    clock.advance(75min);
  }
  for (const auto& s : ledger.wait_for_settled(2)) {
    EXPECT_EQ(s.how, settlement::released);
    EXPECT_EQ(to_string(s.why), "relay_rejected");
  }
  EXPECT_EQ(ledger.intents().size(), 2 * limits::tries_max) << "each try has its intent";
}

TEST_F(a_mailer_with_a_relay, sends_back_and_again_what_a_broken_connection_did_not_offer) {
  smtp::test::sink_options breaks;
  breaks.script.hang_up_after_mails = 3;
  sink.set(breaks);
  start();
  for (uint32_t n = 1; n <= 20; ++n) under_test->offer(due_number(n));
  for (const auto& s : ledger.wait_for_settled(20)) EXPECT_EQ(s.how, settlement::accepted);
  EXPECT_EQ(sink.taken().size(), 20u) << "none twice";
  EXPECT_EQ(metrics().retries.value(), 0u);
}

TEST_F(a_mailer_with_a_relay, settles_in_doubt_what_got_no_answer) {
  start();
  under_test->offer(to(1, "a+dot=drop@example.org"));
  auto s = ledger.wait_for_settled(1);
  EXPECT_EQ(s[0].how, settlement::in_doubt);
  EXPECT_EQ(s[0].why, reason::in_doubt);
  EXPECT_EQ(metrics().in_doubt.value(), 1);
  EXPECT_EQ(sink.taken().size(), 1u);
}

TEST_F(a_mailer_with_a_relay, recalls_what_the_pool_holds) {
  ledger.hold_intents();
  sink.down();
  start();
  under_test->offer(due_number(1));
  under_test->offer(due_number(2));
  EXPECT_TRUE(soon([&] { return metrics().ready.value() == 2; }));
  sink.up();  // one connection takes both
  ledger.wait_for_intents(2);
  under_test->recall(claim_number(1), reason::ordered_other_cart);
  under_test->recall(claim_number(2), reason::ordered_other_cart);
  auto settled = ledger.wait_for_settled(2);
  for (const auto& s : settled) {
    EXPECT_EQ(s.how, settlement::released);
    EXPECT_THAT(s.why, testing::AnyOf(reason::recalled_queue, reason::recalled_envelope));
  }
  EXPECT_EQ(metrics().recalled[0].value() + metrics().recalled[1].value(), 2u);
  ledger.release_intents();
  drain();
  EXPECT_TRUE(sink.taken().empty());
}

TEST_F(a_mailer_with_a_relay, comes_too_late_for_what_is_behind_its_final_dot) {
  start();
  under_test->offer(to(1, "a+dot=stall@example.org"));
  EXPECT_TRUE(soon([&] { return sink.taken().size() == 1; }));
  under_test->recall(claim_number(1), reason::consent_withdrawn);
  EXPECT_TRUE(ledger.settled().empty());
  under_test.reset();
  ASSERT_EQ(ledger.settled().size(), 1u) << "ended without its answer";
  EXPECT_EQ(ledger.settled()[0].how, settlement::in_doubt);
}

TEST_F(a_mailer_with_a_relay, drains_no_longer_than_its_grace) {
  options.drain_grace = 100ms;
  start();
  under_test->offer(to(1, "a+dot=stall@example.org"));
  EXPECT_TRUE(soon([&] { return sink.taken().size() == 1; }));
  drain();
  ASSERT_EQ(ledger.settled().size(), 1u) << "settled before it says so";
  EXPECT_EQ(ledger.settled()[0].how, settlement::in_doubt);
}

TEST_F(a_mailer_with_a_relay, drains_what_is_offered_and_leaves_the_rest) {
  smtp::test::sink_options slow;
  slow.delay = 5ms;
  sink.set(slow);
  start();
  for (uint32_t n = 1; n <= 60; ++n) under_test->offer(due_number(n));
  EXPECT_TRUE(soon([&] { return !sink.taken().empty(); }));
  drain();
  auto settled = ledger.settled();
  EXPECT_EQ(settled.size(), sink.taken().size());
  EXPECT_LT(settled.size(), 60u);
  for (const auto& s : settled) EXPECT_EQ(s.how, settlement::accepted);
}

}  // namespace
}  // namespace cartwheel
