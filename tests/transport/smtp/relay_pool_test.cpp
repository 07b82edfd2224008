// The pool over real sockets, against a scripted sink.

#include "transport/smtp/relay_pool.hpp"

#include "tests/transport/smtp/relay_pool_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <gtest/gtest.h>

#include <future>
#include <random>
#include <thread>

namespace cartwheel::smtp {
namespace {

using test::lie;
using test::loopback_sink;
using test::pool_feed;
using test::relay_pool_test;
using test::run_until;
using test::sink_options;
using namespace std::chrono_literals;

TEST_F(relay_pool_test, sends_over_several_connections_in_one_round_trip_a_mail) {
  loopback_sink sink;
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 2000; ++i) add("r" + std::to_string(i) + "@y.example");
  feed.sync_time = 1ms;
  send_all(pool);
  EXPECT_EQ(feed.count(verdict::accepted), 2000U);
  check_truth(sink);
  const auto stats = pool.stats();
  EXPECT_EQ(stats.of(verdict::accepted), 2000U);
  EXPECT_EQ(sink.connections(), 4);
  EXPECT_EQ(stats.connects, 4U);
  EXPECT_LT(stats.round_trips, 2000U + 2000U / 4);  // a few more where a window ran dry
  EXPECT_LT(feed.syncs, 2000U / 4);
  drain(pool);
  EXPECT_TRUE(reports.empty()) << reports.front();
  for (const auto n : pool.stats().connections) EXPECT_EQ(n, 0U);
}

TEST_F(relay_pool_test, a_backlog_opens_all_connections_though_nobody_wakes_the_pool_again) {
  sink_options slow;
  slow.delay = 1ms;
  loopback_sink sink{slow};
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 300; ++i) add("r" + std::to_string(i) + "@y.example");
  pool.wake();
  run_until(
    io, [&] { return feed.settled >= 300; }, 20s);
  EXPECT_EQ(feed.count(verdict::accepted), 300U);
  check_truth(sink);
  EXPECT_EQ(sink.connections(), 4);
}

TEST_F(relay_pool_test, nothing_is_connected_before_there_is_a_mail) {
  loopback_sink sink;
  relay_pool pool{io, options_for(sink), feed};
  io.run_for(20ms);
  EXPECT_EQ(sink.connections(), 0);
  const auto a = add("a@y.example");
  send_all(pool);
  EXPECT_EQ(feed.last(a), verdict::accepted);
  EXPECT_EQ(sink.connections(), 1);
}

TEST_F(relay_pool_test, a_mail_later_goes_over_the_idle_connection) {
  loopback_sink sink;
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 5; ++i) {
    add("r" + std::to_string(i) + "@y.example");
    send_all(pool);
    io.restart();
    io.run_for(5ms);
  }
  EXPECT_EQ(sink.connections(), 1);
  EXPECT_EQ(feed.count(verdict::accepted), 5U);
}

TEST_F(relay_pool_test, idle_and_worn_out_connections_quit) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.connections = 1;
  options.session.mails_max = 30;
  options.session.timeouts.idle = 30ms;
  relay_pool pool{io, options, feed};
  for (int i = 0; i < 100; ++i) add("r" + std::to_string(i) + "@y.example");
  send_all(pool);
  EXPECT_EQ(feed.count(verdict::accepted), 100U);
  EXPECT_EQ(sink.connections(), 4);
  run_until(io, [&] { return pool.stats().connections == relay_stats{}.connections; });
  EXPECT_TRUE(reports.empty());
}

TEST_F(relay_pool_test, the_next_connection_is_made_by_name_too) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.host = "localhost";
  relay_pool pool{io, options, feed};
  add("a@y.example");
  send_all(pool);
  EXPECT_EQ(feed.count(verdict::accepted), 1U);
}

TEST_F(relay_pool_test, refusals_touch_only_their_own_mail) {
  sink_options how;
  how.reply_bytes = 7;
  loopback_sink sink{how};
  relay_pool pool{io, options_for(sink), feed};
  // Two in twenty-eight refused at RCPT: fewer than the breaker minds, in whatever order four connections come to them.
  const char* faults[] = {
    "", "+rcpt=550",          "",         "+rcpt=451", "",         "+data=554", "+dot=554", "", "+dot=452",
    "", "+rcpt=550+data=354", "",         "",          "",         "",          "",         "", "+rcpt=451",
    "", "+data=554",          "+dot=554", "",          "+dot=452", "",          "",         "", "",
    ""};
  for (size_t i = 0; i < 420; ++i) add("r" + std::to_string(i) + faults[i % std::size(faults)] + "@y.example");
  send_all(pool);
  check_truth(sink);
  for (const auto& [id, recipient] : recipients) {
    const auto expected = recipient.find("=55") != std::string::npos   ? verdict::rejected
                          : recipient.find("=45") != std::string::npos ? verdict::deferred
                                                                       : verdict::accepted;
    EXPECT_EQ(feed.last(id), expected) << recipient;
  }
}

TEST_F(relay_pool_test, server_drops_after_data) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.connections = 2;
  relay_pool pool{io, options, feed};
  feed.again = true;
  const char* faults[] = {"", "+dot=drop", "", "", "+dot=lose", "", "+rcpt=drop", ""};
  for (int i = 0; i < 160; ++i) add("r" + std::to_string(i) + faults[i % 8] + "@y.example");
  feed.tries_max = 4;
  send_all(pool, 60s);
  check_truth(sink);
  for (const auto& [id, recipient] : recipients) {
    const auto expected = recipient.find("dot=") != std::string::npos    ? verdict::in_doubt
                          : recipient.find("rcpt=") != std::string::npos ? verdict::deferred
                                                                         : verdict::accepted;
    EXPECT_EQ(feed.last(id), expected) << recipient;
  }
}

TEST_F(relay_pool_test, relay_is_down_then_up) {
  loopback_sink sink;
  sink.down();
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 50; ++i) add("r" + std::to_string(i) + "@y.example");
  pool.wake();
  run_until(io, [&] { return pool.stats().connect_failures >= 3; });
  EXPECT_TRUE(feed.outcomes.empty());
  EXPECT_EQ(feed.to_send.size(), 50U);  // nothing was pulled for a relay that is not there
  EXPECT_GE(reports.size(), 3U);
  sink.up();
  send_all(pool);
  EXPECT_EQ(feed.count(verdict::accepted), 50U);
}

TEST_F(relay_pool_test, connects_again_with_growing_pauses) {
  loopback_sink sink;
  sink.down();
  auto options = options_for(sink);
  options.backoff_first = 20ms;
  options.backoff_max = 160ms;
  relay_pool pool{io, options, feed};
  add("r@y.example");
  pool.wake();
  io.run_for(1500ms);
  const auto tries = pool.stats().connect_failures;
  EXPECT_GE(tries, 5U);
  EXPECT_LE(tries, 60U);
}

TEST_F(relay_pool_test, a_greeting_that_refuses_touches_no_mail) {
  sink_options how;
  how.script.greeting = "554 5.7.1 not you\r\n";
  loopback_sink sink{how};
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 20; ++i) add("r" + std::to_string(i) + "@y.example");
  pool.wake();
  run_until(io, [&] { return pool.stats().connect_failures >= 3; });
  EXPECT_TRUE(feed.outcomes.empty());
  EXPECT_EQ(feed.to_send.size(), 20U);
  sink.set({});
  send_all(pool);
  EXPECT_EQ(feed.count(verdict::accepted), 20U);
}

TEST_F(relay_pool_test, lying_relays_are_spoken_to_in_lock_step) {
  for (const auto how_it_lies : {lie::swallows_behind_dot, lie::answers_dot_late, lie::refuses_groups,
                                 lie::adds_a_reply, lie::shifts_data, lie::closes_on_groups}) {
    SCOPED_TRACE(static_cast<int>(how_it_lies));
    sink_options how;
    how.script.lie = how_it_lies;
    loopback_sink sink{how};
    auto options = options_for(sink);
    options.connections = 1;
    options.session.timeouts.command = 100ms;
    options.session.timeouts.final_dot = 100ms;
    pool_feed own{io};
    relay_pool pool{io, options, own};
    own.again = true;
    own.at_finished = [&](const outcome&) { pool.wake(); };
    for (int i = 0; i < 20; ++i) own.add("r" + std::to_string(i) + "@y.example");
    pool.wake();
    // Some lies are not survived in lock-step either; then the pool goes on trying and no mail is lost or doubled.
    const bool works = how_it_lies == lie::swallows_behind_dot || how_it_lies == lie::refuses_groups ||
                       how_it_lies == lie::closes_on_groups;
    if (works)
      run_until(io, [&] { return own.settled == 20; });
    else
      run_until(io, [&] { return pool.stats().lock_step_changes == 1 && pool.stats().connects >= 3; });
    EXPECT_EQ(pool.stats().lock_step_changes, 1U);
    if (works) {
      EXPECT_EQ(own.count(verdict::accepted) + own.count(verdict::in_doubt), 20U);
      EXPECT_LE(own.count(verdict::in_doubt), 1U);
    }
    std::set<std::string> seen;
    for (const auto& m : sink.taken()) EXPECT_TRUE(seen.insert(m.recipient).second) << m.recipient;
  }
}

TEST_F(relay_pool_test, a_wedged_relay_loses_no_mail) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.connections = 1;
  options.session.timeouts.command = 50ms;
  options.session.timeouts.final_dot = 50ms;
  relay_pool pool{io, options, feed};
  feed.again = true;
  feed.tries_max = 3;
  const auto wedged = add("w+dot=stall@y.example");
  const auto stuck = add("s+data=stall@y.example");
  for (int i = 0; i < 10; ++i) add("r" + std::to_string(i) + "@y.example");
  send_all(pool);
  EXPECT_EQ(feed.last(wedged), verdict::in_doubt);
  EXPECT_EQ(feed.last(stuck), verdict::deferred);
  EXPECT_EQ(feed.count(verdict::accepted), 10U);
}

TEST_F(relay_pool_test, large_mails_and_a_slow_reader) {
  sink_options how;
  how.receive_buffer = 4096;
  how.read_bytes = 3000;
  how.read_pause = 1ms;
  loopback_sink sink{how};
  auto options = options_for(sink);
  options.connections = 2;
  relay_pool pool{io, options, feed};
  std::map<std::string, std::string> contents;
  for (int i = 0; i < 4; ++i) {
    std::string content = "Subject: x\r\n\r\n";
    while (content.size() < 300'000) content += i % 2 ? ".line of a large mail\r\n" : "line of a large mail\r\n";
    const auto to = "r" + std::to_string(i) + "@y.example";
    contents[to] = content;
    feed.add(to, content);
  }
  send_all(pool, 60s);
  EXPECT_EQ(feed.count(verdict::accepted), 4U);
  for (const auto& m : sink.taken()) EXPECT_EQ(m.content, contents[m.recipient]);
}

TEST_F(relay_pool_test, recall_of_a_large_mail_whose_relay_does_not_read) {
  sink_options how;
  how.receive_buffer = 4096;
  how.read_bytes = 1000;
  how.read_pause = 5ms;
  how.script.extensions = "8BITMIME";
  loopback_sink sink{how};
  auto options = options_for(sink);
  options.connections = 1;
  relay_pool pool{io, options, feed};
  std::string content = "Subject: x\r\n\r\n";
  while (content.size() < 20'000'000) content += "line of a very large mail that no socket buffer takes whole\r\n";
  const auto id = feed.add("r@y.example", content);
  bool at_gate = false;
  feed.at_gate = [&](mail_id) { at_gate = true; };
  pool.wake();
  run_until(io, [&] { return at_gate; });
  io.restart();
  io.run_for(100ms);
  EXPECT_EQ(pool.recall(id), recall_point::content);
  EXPECT_TRUE(feed.outcomes.empty());  // it follows
  run_until(io, [&] { return feed.settled == 1; });
  EXPECT_EQ(feed.last(id), verdict::recalled);
  EXPECT_EQ(pool.recall(id), recall_point::too_late);
  io.restart();
  io.run_for(50ms);
  EXPECT_TRUE(sink.taken().empty());
  EXPECT_EQ(pool.stats().of(recall_point::content), 1U);
}

TEST_F(relay_pool_test, an_early_refusal_while_writing_does_not_deadlock) {
  loopback_sink sink;
  relay_pool pool{io, options_for(sink), feed};
  std::string content = "Subject: x\r\n\r\n";
  while (content.size() < 5'000'000) content += "line of a large mail\r\n";
  const auto a = feed.add("a+early=552@y.example", content);
  feed.again = true;
  const auto b = feed.add("b@y.example");
  send_all(pool);
  EXPECT_EQ(feed.last(a), verdict::rejected);
  EXPECT_EQ(feed.last(b), verdict::accepted);
}

TEST_F(relay_pool_test, order_arrives_while_reminder_is_on_the_wire) {
  loopback_sink sink;
  auto options = options_for(sink);
  options.connections = 1;
  relay_pool pool{io, options, feed};
  feed.again = true;
  std::vector<mail_id> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(add("r" + std::to_string(i) + "@y.example"));
  std::map<mail_id, recall_point> recalls;
  // From within the feed, at every kind of call: the third pulled, one at its gate, one when another is finished.
  feed.at_pull = [&](mail_id id) {
    if (id == ids[10] && !recalls.contains(ids[8])) recalls[ids[8]] = pool.recall(ids[8]);
  };
  feed.at_gate = [&](mail_id id) {
    if (id == ids[3] || id == ids[20]) recalls[id] = pool.recall(id);
  };
  feed.at_finished = [&](const outcome& o) {
    pool.wake();
    if (o.id == ids[5] && o.verdict == verdict::accepted) {
      recalls[ids[5]] = pool.recall(ids[5]);
      recalls[ids[6]] = pool.recall(ids[6]);
    }
  };
  pool.wake();
  run_until(io, [&] { return feed.settled == ids.size(); });
  EXPECT_EQ(recalls[ids[8]], recall_point::queue);
  EXPECT_EQ(recalls[ids[3]], recall_point::envelope);
  EXPECT_EQ(recalls[ids[20]], recall_point::envelope);
  EXPECT_EQ(recalls[ids[5]], recall_point::too_late);
  check_truth(sink);
  for (const auto& [id, where] : recalls)
    EXPECT_EQ(feed.last(id) == verdict::recalled, where != recall_point::too_late) << static_cast<uint64_t>(id);
  EXPECT_EQ(feed.count(verdict::accepted) + feed.count(verdict::recalled), ids.size());
}

TEST_F(relay_pool_test, drain_finishes_flights_and_sends_the_rest_back) {
  sink_options how;
  how.delay = 5ms;
  loopback_sink sink{how};
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 200; ++i) add("r" + std::to_string(i) + "@y.example");
  pool.wake();
  run_until(io, [&] { return feed.count(verdict::accepted) >= 10; });
  drain(pool);
  EXPECT_TRUE(feed.held_.empty());
  EXPECT_EQ(feed.count(verdict::in_doubt), 0U);
  EXPECT_EQ(feed.count(verdict::accepted), sink.taken().size());
  const auto pulled = feed.outcomes.size();
  pool.wake();
  io.restart();
  io.run_for(20ms);
  EXPECT_EQ(feed.outcomes.size(), pulled);
}

TEST_F(relay_pool_test, drain_without_connections_and_while_connecting) {
  loopback_sink sink;
  {
    relay_pool pool{io, options_for(sink), feed};
    drain(pool, 1s);
  }
  relay_pool pool{io, options_for(sink), feed};
  add("a@y.example");
  pool.wake();
  drain(pool, 1s);
  EXPECT_TRUE(feed.held_.empty());
}

TEST_F(relay_pool_test, destroyed_in_the_middle_it_finishes_every_mail) {
  sink_options how;
  how.delay = 5ms;
  loopback_sink sink{how};
  {
    relay_pool pool{io, options_for(sink), feed};
    for (int i = 0; i < 200; ++i) add("r" + std::to_string(i) + "@y.example");
    feed.sync_time = 1ms;
    pool.wake();
    run_until(io, [&] { return feed.count(verdict::accepted) >= 10; });
  }
  EXPECT_TRUE(feed.held_.empty());
  EXPECT_GT(feed.count(verdict::in_doubt), 0U);
  io.restart();
  io.run_for(20ms);  // whatever was posted finds nobody
}

TEST_F(relay_pool_test, intents_come_late) {
  loopback_sink sink;
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 100; ++i) add("r" + std::to_string(i) + "@y.example");
  feed.sync_time = 20ms;
  send_all(pool);
  EXPECT_EQ(feed.count(verdict::accepted), 100U);
  check_truth(sink);
}

TEST_F(relay_pool_test, the_feed_is_called_by_one_thread_at_a_time) {
  loopback_sink sink;
  relay_pool pool{io, options_for(sink), feed};
  for (int i = 0; i < 1000; ++i) add("r" + std::to_string(i) + "@y.example");
  std::promise<void> all;
  feed.at_finished = [&](const outcome&) {
    if (feed.settled == 1000) all.set_value();
  };
  std::promise<void> drained;
  auto work = boost::asio::make_work_guard(io);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { io.run(); });
  for (int i = 0; i < 100; ++i) pool.wake();
  EXPECT_EQ(all.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_EQ(pool.stats().of(verdict::accepted), 1000U);
  pool.drain([&] { drained.set_value(); });
  EXPECT_EQ(drained.get_future().wait_for(20s), std::future_status::ready);
  work.reset();
  for (auto& t : threads) t.join();
  check_truth(sink);
}

TEST_F(relay_pool_test, random_schedules) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random{seed};
    sink_options how;
    how.reply_bytes = 1 + random() % 40;
    loopback_sink sink{how};
    auto options = options_for(sink);
    options.seed = seed;
    options.session.timeouts.final_dot = 100ms;
    options.session.timeouts.command = 200ms;
    options.session.mails_max = 50;
    options.session.content_piece_bytes = 20;
    options.backoff_max = 20ms;
    pool_feed own{io};
    own.again = true;
    own.tries_max = 60;
    own.sync_time = 1ms;
    relay_pool pool{io, options, own};
    static constexpr const char* faults[] = {"+rcpt=550",  "+rcpt=451",          "+data=554", "+dot=554",
                                             "+dot=452",   "+dot=drop",          "+dot=lose", "+dot=421",
                                             "+dot=stall", "+rcpt=550+data=354", "+early=552"};
    std::map<mail_id, std::string> who;
    for (int i = 0; i < 250; ++i) {
      const auto to =
        "r" + std::to_string(i) + (random() % 8 ? "" : faults[random() % std::size(faults)]) + "@y.example";
      who[own.add(to)] = to;
    }
    std::set<mail_id> recalled;
    own.at_finished = [&](const outcome&) {
      pool.wake();
      if (random() % 20 == 0 && !own.held_.empty()) {
        auto victim = own.held_.begin();
        std::advance(victim, random() % own.held_.size());
        if (pool.recall(victim->first) != recall_point::too_late) recalled.insert(victim->first);
      }
    };
    pool.wake();
    run_until(
      io, [&] { return own.settled == who.size(); }, 60s);
    own.at_finished = nullptr;
    drain(pool);
    io.restart();
    io.run_for(20ms);
    std::map<std::string, int> copies;
    for (const auto& m : sink.taken()) EXPECT_EQ(++copies[m.recipient], 1) << m.recipient;
    for (const auto& [id, to] : who) {
      const auto last = own.last(id);
      if (copies.contains(to)) {
        EXPECT_TRUE(last == verdict::accepted || last == verdict::in_doubt) << to << ' ' << label(last);
      }
      if (last == verdict::accepted) {
        EXPECT_TRUE(copies.contains(to)) << to;
      }
      EXPECT_EQ(last == verdict::recalled, recalled.contains(id)) << to;
    }
    EXPECT_GT(own.count(verdict::accepted), 120U);
  }
}

}  // namespace
}  // namespace cartwheel::smtp
