// What a pool learns from its relay: whether at all, how fast, and what it announces and does not do.

#include "runtime/base/pace.hpp"
#include "tests/transport/smtp/relay_pool_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace cartwheel::smtp {
namespace {

using test::loopback_sink;
using test::relay_pool_test;
using test::run_until;
using test::sink_options;
using namespace std::chrono_literals;

TEST_F(relay_pool_test, a_relay_that_refuses_everybody_is_left_alone) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.backoff_first = options.backoff_max = 10min;
  relay_pool pool{io, options, feed};
  for (int i = 0; i < 500; ++i) add("r" + std::to_string(i) + "+rcpt=550@y.example");
  pool.wake();
  run_until(io, [&] { return pool.stats().breaker != breaker_state::closed && feed.held_.empty(); });
  const auto lost = feed.count(verdict::rejected);
  EXPECT_GE(lost, limits::recipients_remembered);
  EXPECT_LT(lost, 3 * limits::recipients_remembered) << "those under way, no more";
  EXPECT_FALSE(pool.healthy());
  ASSERT_FALSE(reports.empty());
  EXPECT_NE(reports.front().find("refuses too many recipients"), std::string::npos) << reports.front();
}

TEST_F(relay_pool_test, a_relay_that_comes_back_is_tried_with_one_mail) {
  loopback_sink sink;
  sink.down();
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 50; ++i) add("r" + std::to_string(i) + "@y.example");
  pool.wake();
  run_until(io, [&] { return pool.stats().breaker != breaker_state::closed; });
  EXPECT_FALSE(pool.healthy());
  EXPECT_EQ(feed.settled, 0U) << "no mail is touched";
  size_t held_at_first = 0;
  feed.at_finished = [&](const outcome&) {
    if (held_at_first == 0) held_at_first = feed.held_.size() + 1;
    pool.wake();
  };
  sink.up();
  run_until(io, [&] { return feed.settled == 50; });
  EXPECT_EQ(held_at_first, 1U);
  EXPECT_EQ(feed.count(verdict::accepted), 50U);
  EXPECT_EQ(pool.stats().breaker, breaker_state::closed);
  EXPECT_TRUE(pool.healthy());
}

TEST_F(relay_pool_test, a_relay_that_throttles_loses_no_mail_and_is_followed) {
  sink_options how;
  how.script.at_data = [turns = std::make_shared<pace<std::chrono::steady_clock>>(400)]() -> std::string {
    const auto now = std::chrono::steady_clock::now();
    if (turns->next() > now) return "454 Throttling failure: Maximum sending rate exceeded.";
    turns->take(now);
    return {};
  };
  loopback_sink sink{how};
  relay_pool pool{io, options_for(sink), feed};
  feed.again = true;
  feed.tries_max = 100'000;
  for (int i = 0; i < 1200; ++i) add("r" + std::to_string(i) + "@y.example");
  const auto begin = std::chrono::steady_clock::now();
  send_all(pool);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(feed.count(verdict::accepted), 1200U);
  check_truth(sink);
  EXPECT_GT(pool.stats().throttled, 0U);
  EXPECT_LT(pool.stats().throttled, 1200U / 4);
  EXPECT_GT(took, 2s) << "the sink's own pace";
  EXPECT_GT(pool.stats().mails_per_hour, 0U);
}

TEST_F(relay_pool_test, keeps_its_rate_over_all_connections_and_after_a_quiet_while) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.rate = 200;
  options.connections = 8;
  relay_pool pool{io, options, feed};
  const auto send = [&](int mails) {
    for (int i = 0; i < mails; ++i) add("r" + std::to_string(recipients.size()) + "@y.example");
    const auto begin = std::chrono::steady_clock::now();
    send_all(pool);
    return std::chrono::steady_clock::now() - begin;
  };
  EXPECT_GE(send(100), 485ms);
  io.restart();
  io.run_for(300ms);
  EXPECT_GE(send(100), 485ms) << "nothing was saved up";
  EXPECT_EQ(feed.count(verdict::accepted), 200U);
}

TEST_F(relay_pool_test, a_used_up_day_pauses_the_relay_and_keeps_the_mails) {
  sink_options how;
  how.script.at_data = [] { return "454 Throttling failure: Daily message quota exceeded."; };
  loopback_sink sink{how};
  auto options = options_for(sink);
  options.day_pause = 10min;
  relay_pool pool{io, options, feed};
  feed.again = true;
  add("a@y.example");
  add("b@y.example");
  pool.wake();
  run_until(io, [&] { return !pool.healthy(); });
  io.restart();
  io.run_for(20ms);
  EXPECT_EQ(feed.outcomes.begin()->second.back().about, subject::day);
  EXPECT_FALSE(feed.to_send.empty()) << "it waits";
}

TEST_F(relay_pool_test, relays_that_take_chunks_badly_get_data) {
  sink_options how;
  how.script.chunking = true;
  how.script.lie = test::lie::reads_rejected_chunk;
  loopback_sink sink{how};
  auto options = options_for(sink);
  options.session.chunking = chunking_mode::window;
  relay_pool pool{io, options, feed};
  feed.again = true;
  add("a@y.example");
  add("b+rcpt=550@y.example");
  for (int i = 0; i < 100; ++i) add("r" + std::to_string(i) + "@y.example");
  send_all(pool);
  EXPECT_EQ(pool.stats().chunking_changes, 1U);
  EXPECT_EQ(pool.stats().lock_step_changes, 0U);
  check_truth(sink);
  std::map<std::string, int> copies;
  for (const auto& m : sink.taken()) ++copies[m.recipient];
  EXPECT_FALSE(copies.contains("b+rcpt=550@y.example"));
}

TEST_F(relay_pool_test, chunks_in_a_window_arrive_as_they_were) {
  sink_options how;
  how.script.chunking = true;
  how.reply_bytes = 5;
  loopback_sink sink{how};
  auto options = options_for(sink);
  options.session.chunking = chunking_mode::window;
  options.session.window = 16;
  relay_pool pool{io, options, feed};
  std::map<std::string, std::string> contents;
  for (int i = 0; i < 500; ++i) {
    const auto recipient = "r" + std::to_string(i) + (i % 7 == 0 ? "+rcpt=550@y.example" : "@y.example");
    contents[recipient] = "Subject: x\r\n\r\n.\r\n..\r\n" + std::string(static_cast<size_t>(i * 20), 'x') + "\r\n";
    recipients[feed.add(recipient, contents[recipient])] = recipient;
  }
  send_all(pool);
  check_truth(sink);
  EXPECT_EQ(feed.count(verdict::accepted), 428U);
  for (const auto& m : sink.taken()) EXPECT_EQ(m.content, contents[m.recipient]);
  EXPECT_EQ(pool.stats().chunking_changes, 0U);
}

}  // namespace
}  // namespace cartwheel::smtp
