// Real runs against Postfix's smtp-sink (Debian package postfix), which dumps what it took.

#include "transport/smtp/relay_pool.hpp"

#include "tests/transport/smtp/pool_feed.hpp"
#include "tests/scratch_folder.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel::smtp {
namespace {

using boost::asio::ip::tcp;
using test::pool_feed;
using test::run_until;
using namespace std::chrono_literals;

constexpr const char* sink_program = "/usr/sbin/smtp-sink";

/// smtp-sink on a free port of the loopback, until destroyed.
class smtp_sink {
 public:
  explicit smtp_sink(const std::vector<std::string>& flags) {
    // Another process may take the port between finding it and using it.
    for (int tries = 0; tries < 5 && !listens(); ++tries) start(flags);
    EXPECT_TRUE(listens()) << "smtp-sink does not listen";
  }

  ~smtp_sink() {
    if (process_ > 0) {
      ::kill(process_, SIGTERM);
      ::waitpid(process_, nullptr, 0);
    }
  }

  /// How often it took each mail, by Message-ID.
  std::map<std::string, int> taken() const {
    std::map<std::string, int> copies;
    std::ifstream in{dump()};
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("Message-ID: ")) ++copies[line.substr(12)];
    return copies;
  }

  /// All lines of the dump that begin with a dot: stuffing was taken off again.
  size_t dotted_lines() const {
    size_t n = 0;
    std::ifstream in{dump()};
    for (std::string line; std::getline(in, line);) n += line == ".dotted" || line == ".";
    return n;
  }

  uint16_t port = 0;

 private:
  std::filesystem::path dump() const { return directory_ / "dump"; }

  void start(const std::vector<std::string>& flags) {
    {
      boost::asio::io_context io;
      const tcp::acceptor free{io, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
      port = free.local_endpoint().port();
    }
    std::vector<std::string> words{sink_program};
    if (::geteuid() == 0) words.insert(words.end(), {"-u", "root"});
    words.insert(words.end(), flags.begin(), flags.end());
    words.insert(words.end(), {"-D", dump().string(), "127.0.0.1:" + std::to_string(port), "100"});
    std::vector<char*> arguments;
    for (auto& w : words) arguments.push_back(w.data());
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::execv(sink_program, arguments.data());
      ::_exit(127);
    }
    boost::asio::io_context io;
    for (int i = 0; i < 500 && listens(); ++i) {
      tcp::socket probe{io};
      boost::system::error_code failed;
      probe.connect({boost::asio::ip::address_v4::loopback(), port}, failed);
      std::this_thread::sleep_for(10ms);
      if (!failed) return;
    }
  }

  /// It has been started and not gone: it goes at once when it cannot bind.
  bool listens() {
    if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) != 0) process_ = -1;
    return process_ > 0;
  }

  cartwheel::test::scratch_folder directory_;
  pid_t process_ = -1;
};

struct smtp_sink_test : ::testing::Test {
  void SetUp() override {
    ASSERT_EQ(::access(sink_program, X_OK), 0)
      << sink_program << " is needed: install Debian's package postfix (scripts/install-deps.sh --tests)";
  }

  void add(size_t mails) {
    for (size_t i = 0; i < mails; ++i) {
      const auto id = "<" + std::to_string(i) + "@x.example>";
      feed.add("r" + std::to_string(i) + "@y.example",
               "Message-ID: " + id + "\r\nSubject: x\r\n\r\n.dotted\r\n.\r\n" + std::string(60, 'x') + "\r\n");
    }
  }

  void send(relay_pool& pool, size_t mails) {
    feed.sync_time = 0ms;
    add(mails);
    pool.wake();
    run_until(
      io, [&] { return feed.settled == mails; }, 90s);
    bool done = false;
    pool.drain([&] { done = true; });
    run_until(io, [&] { return done; });
  }

  static void expect_each_once(const smtp_sink& sink, size_t mails) {
    const auto copies = sink.taken();
    EXPECT_EQ(copies.size(), mails);
    for (const auto& [id, n] : copies) EXPECT_EQ(n, 1) << id;
    EXPECT_EQ(sink.dotted_lines(), 2 * mails);
  }

  relay_options options_for(const smtp_sink& sink) {
    relay_options o;
    o.port = sink.port;
    o.backoff_first = 10ms;
    o.backoff_max = 50ms;
    o.report = [this](const std::string& line) { reports.push_back(line); };
    return o;
  }

  boost::asio::io_context io;
  pool_feed feed{io};
  std::vector<std::string> reports;
};

TEST_F(smtp_sink_test, ten_thousand_mails_pipelined) {
  const smtp_sink sink{{}};
  relay_pool pool{io, options_for(sink), feed};
  send(pool, 10'000);
  EXPECT_EQ(feed.count(verdict::accepted), 10'000U);
  expect_each_once(sink, 10'000);
  EXPECT_TRUE(reports.empty()) << reports.front();
  // One a mail, and two a connection to begin (EHLO, the first envelope), and some where a window ran dry.
  EXPECT_LT(pool.stats().round_trips, 11'000U);
}

TEST_F(smtp_sink_test, ten_thousand_mails_in_lock_step) {
  const smtp_sink sink{{"-p"}};
  relay_pool pool{io, options_for(sink), feed};
  send(pool, 10'000);
  EXPECT_EQ(feed.count(verdict::accepted), 10'000U);
  expect_each_once(sink, 10'000);
  EXPECT_TRUE(reports.empty()) << reports.front();
  EXPECT_GE(pool.stats().round_trips, 40'000U);
}

TEST_F(smtp_sink_test, without_esmtp) {
  const smtp_sink sink{{"-e"}};
  relay_pool pool{io, options_for(sink), feed};
  send(pool, 200);
  EXPECT_EQ(feed.count(verdict::accepted), 200U);
  expect_each_once(sink, 200);
}

TEST_F(smtp_sink_test, going_away_in_the_middle_of_a_flight) {
  for (const auto* at : {"mail", "rcpt", "data"}) {
    const smtp_sink sink{{"-Q", at}};
    pool_feed own{io};
    relay_pool pool{io, options_for(sink), own};
    for (int i = 0; i < 20; ++i) own.add("r@y.example");
    pool.wake();
    run_until(io, [&] { return own.settled == 20; });
    EXPECT_EQ(own.count(verdict::deferred), 20U);
    EXPECT_TRUE(sink.taken().empty());
  }
}

TEST_F(smtp_sink_test, end_of_file_after_an_accepted_terminator_is_in_doubt) {
  const smtp_sink sink{{"-q", "."}};
  auto options = options_for(sink);
  options.connections = 1;
  relay_pool pool{io, options, feed};
  feed.again = true;
  feed.at_finished = [&](const outcome&) { pool.wake(); };
  send(pool, 20);
  EXPECT_EQ(feed.count(verdict::in_doubt), 20U);
  expect_each_once(sink, 20);
}

}  // namespace
}  // namespace cartwheel::smtp
