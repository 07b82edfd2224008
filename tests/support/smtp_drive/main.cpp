// The sender pool by itself, between a list of mails and a relay: docs/testing.md, "Driving the pool".
// Exit codes: 0 every mail has its end, 1 it could not begin, 3 the pool broke its feed's contract, 4 out of time.

#include "tests/support/smtp_drive/driven_feed.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

namespace {

using namespace cartwheel;
using namespace cartwheel::smtp_drive;
using clock_type = std::chrono::steady_clock;

/// Of connections that did not end in order; a long run over a bad relay has many, all alike.
constexpr size_t reports_max = 1000;

nlohmann::ordered_json counted(const smtp::relay_stats& s) {
  nlohmann::ordered_json c{{"round_trips", s.round_trips},
                           {"connects", s.connects},
                           {"connect_failures", s.connect_failures},
                           {"lock_step_changes", s.lock_step_changes},
                           {"chunking_changes", s.chunking_changes}};
  for (size_t i = 0; i < smtp::verdicts; ++i)
    c[std::string{smtp::label(static_cast<smtp::verdict>(i))}] = s.messages[i];
  return c;
}

int run(options o) {
  boost::asio::io_context io{1};
  std::vector<std::string> reports;
  o.relay.report = [&](const std::string& line) {
    if (reports.size() < reports_max) reports.push_back(line);
  };
  driven_feed feed{io, o};
  int code = 0;
  std::optional<smtp::relay_pool> pool{std::in_place, io, o.relay, feed};
  const auto drain = [&] {
    feed.stop();
    pool->drain([&] { io.stop(); });
  };
  boost::asio::steady_timer limit{io, o.at_most};
  limit.async_wait([&](auto failed) {
    if (failed) return;
    code = 4;
    io.stop();
  });
  boost::asio::steady_timer early{io};
  if (o.drain_after.count() != 0) {
    early.expires_after(o.drain_after);
    early.async_wait([&](auto failed) {
      if (!failed) drain();
    });
  }
  boost::asio::signal_set ends{io, SIGTERM};
  ends.async_wait([&](auto failed, int) {
    if (!failed) drain();
  });
  const auto begun = clock_type::now();
  feed.start(*pool, drain);
  io.run();
  const auto seconds = std::chrono::duration<double>(clock_type::now() - begun).count();
  const auto stats = counted(pool->stats());
  feed.stop();
  pool.reset();
  feed.report(std::cout);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto cpu = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  std::cout << nlohmann::ordered_json{{"stats", stats},
                                      {"seconds", seconds},
                                      {"cpu", cpu(used.ru_utime) + cpu(used.ru_stime)},
                                      {"rss_kib", used.ru_maxrss},
                                      {"reports", reports},
                                      {"broken", feed.broken()}}
                 .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
            << '\n';
  if (!feed.broken().empty()) return 3;
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(read_command_line(argc, argv));
  } catch (const std::exception& e) {
    std::cerr << "smtp_drive: " << e.what() << '\n';
    return 1;
  }
}
