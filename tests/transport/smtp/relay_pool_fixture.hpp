#pragma once

#include "transport/smtp/relay_pool.hpp"

#include "tests/transport/smtp/loopback_sink.hpp"
#include "tests/transport/smtp/pool_feed.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace cartwheel::smtp::test {

/// Pools that send from a list to a scripted sink; all on the test's thread but the sink.
struct relay_pool_test : ::testing::Test {
  relay_options options_for(const loopback_sink& sink) {
    relay_options o;
    o.port = sink.port();
    o.backoff_first = 10ms;
    o.backoff_max = 100ms;
    o.seed = 1;
    o.report = [this](const std::string& line) { reports.push_back(line); };
    return o;
  }

  void send_all(relay_pool& pool, std::chrono::milliseconds most = 20s) {
    const auto total = feed.settled + feed.to_send.size() + feed.held_.size();
    feed.at_finished = [&](const outcome&) { pool.wake(); };
    pool.wake();
    run_until(
      io, [&] { return feed.settled >= total; }, most);
    feed.at_finished = nullptr;
  }

  void drain(relay_pool& pool, std::chrono::milliseconds most = 20s) {
    bool done = false;
    pool.drain([&] { done = true; });
    run_until(
      io, [&] { return done; }, most);
  }

  /// Each recipient at the sink at most once, and what it has was said to be accepted or in doubt.
  void check_truth(const loopback_sink& sink) {
    std::map<std::string, int> copies;
    for (const auto& m : sink.taken()) EXPECT_EQ(++copies[m.recipient], 1) << m.recipient;
    for (const auto& [id, recipient] : recipients) {
      const auto last = feed.last(id);
      EXPECT_EQ(copies.contains(recipient),
                last == verdict::accepted || (last == verdict::in_doubt && copies.contains(recipient)))
        << recipient << ' ' << label(last);
    }
  }

  mail_id add(const std::string& recipient) {
    const auto id = feed.add(recipient);
    recipients[id] = recipient;
    return id;
  }

  boost::asio::io_context io;
  pool_feed feed{io};
  std::vector<std::string> reports;
  std::map<mail_id, std::string> recipients;
};

}  // namespace cartwheel::smtp::test
