// The pool inside TLS, over real sockets, against relays with good and bad certificates and bad manners.

#include "transport/smtp/relay_pool.hpp"

#include "tests/scratch_folder.hpp"
#include "tests/transport/smtp/pool_feed.hpp"
#include "tests/transport/smtp/tls_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel::smtp {
namespace {

using test::certificate;
using test::make_certificate;
using test::pool_feed;
using test::run_until;
using test::tls_sink;
using test::tls_sink_options;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;
using namespace std::string_literals;

struct relay_pool_tls_test : ::testing::Test {
  relay_pool_tls_test() { std::ofstream{ca_file} << test::pem_of(authority); }

  tls_sink_options good(bool implicit) const {
    tls_sink_options o;
    o.implicit = implicit;
    o.own = make_certificate({"relay", "IP:127.0.0.1,DNS:localhost"}, &authority);
    return o;
  }

  relay_options options_for(const tls_sink& sink, bool implicit) {
    relay_options o;
    o.port = sink.port();
    o.backoff_first = 10ms;
    o.backoff_max = 100ms;
    o.seed = 1;
    o.ca_file = ca_file;
    o.session.protection = implicit ? protection::implicit_tls : protection::starttls;
    o.report = [this](const std::string& line) { reports.push_back(line); };
    return o;
  }

  static void log_in(relay_options& o, const std::string& password = "hunter2") {
    o.session.login.credentials = [password] { return sasl::credentials{"shop", password, ""}; };
  }

  void send_all(relay_pool& pool) {
    const auto total = feed.settled + feed.to_send.size() + feed.held_.size();
    feed.at_finished = [&](const outcome&) { pool.wake(); };
    pool.wake();
    run_until(io, [&] { return feed.settled >= total; });
    feed.at_finished = nullptr;
  }

  void drain(relay_pool& pool) {
    bool done = false;
    pool.drain([&] { done = true; });
    run_until(io, [&] { return done; });
  }

  /// The relay is tried again and again, says this of it, and no mail is touched.
  void expect_refused(tls_sink_options how, bool implicit, const std::string& why,
                      const std::function<void(relay_options&)>& change = nullptr) {
    tls_sink sink{std::move(how)};
    auto options = options_for(sink, implicit);
    if (change) change(options);
    relay_pool pool{io, options, feed};
    const auto id = feed.add("a@y.example");
    pool.wake();
    run_until(io, [&] { return reports.size() >= 3; });
    EXPECT_THAT(reports, Each(HasSubstr(why)));
    EXPECT_GE(pool.stats().connect_failures, 3U);
    EXPECT_FALSE(feed.outcomes.contains(id));
    EXPECT_EQ(feed.to_send.size(), 1U);  // not even pulled
    EXPECT_THAT(sink.taken(), IsEmpty());
    EXPECT_THAT(sink.in_the_open(), AllOf(Not(HasSubstr("MAIL")), Not(HasSubstr("AUTH"))));
  }

  cartwheel::test::scratch_folder folder;
  std::string ca_file = (folder / "ca.pem").string();
  certificate authority = make_certificate({"authority", ""});
  boost::asio::io_context io;
  pool_feed feed{io};
  std::vector<std::string> reports;
};

TEST_F(relay_pool_tls_test, mails_go_inside) {
  for (const bool implicit : {true, false}) {
    tls_sink sink{good(implicit)};
    auto options = options_for(sink, implicit);
    options.connections = 2;
    relay_pool pool{io, options, feed};
    for (int i = 0; i < 200; ++i) feed.add("r" + std::to_string(i) + "@y.example");
    send_all(pool);
    drain(pool);
    EXPECT_EQ(sink.taken().size(), 200U);
    EXPECT_GT(sink.handshakes(), 0);
    EXPECT_LE(sink.handshakes(), sink.connections());  // the last one may have come too late to be of use
    EXPECT_EQ(sink.asked_for(), "");                   // an address has no SNI
    EXPECT_EQ(sink.in_the_open().substr(0, 4), implicit ? "" : "EHLO");
    EXPECT_THAT(sink.in_the_open(), Not(HasSubstr("MAIL")));
    EXPECT_THAT(reports, IsEmpty());
    // A mail still costs one round trip.
    EXPECT_LT(pool.stats().round_trips, 200U + 10U * static_cast<unsigned>(sink.connections()));
  }
  EXPECT_EQ(feed.count(verdict::accepted), 400U);
}

TEST_F(relay_pool_tls_test, by_name_with_sni) {
  tls_sink sink{good(true)};
  auto options = options_for(sink, true);
  options.host = "localhost";
  relay_pool pool{io, options, feed};
  feed.add("a@y.example");
  send_all(pool);
  EXPECT_EQ(sink.taken().size(), 1U);
  EXPECT_EQ(sink.asked_for(), "localhost");
}

TEST_F(relay_pool_tls_test, a_certificate_may_be_its_own_authority) {
  for (const bool by_itself : {true, false}) {
    auto how = good(true);
    how.own = make_certificate({"relay", "IP:127.0.0.1"}, by_itself ? nullptr : &authority);
    tls_sink sink{how};
    std::ofstream{ca_file} << test::pem_of(how.own);
    relay_pool pool{io, options_for(sink, true), feed};
    feed.add("a@y.example");
    send_all(pool);
    EXPECT_EQ(sink.taken().size(), 1U);
  }
}

TEST_F(relay_pool_tls_test, large_mails_arrive_as_they_are) {
  tls_sink sink{good(true)};
  relay_pool pool{io, options_for(sink, true), feed};
  std::map<std::string, std::string> contents;
  for (const size_t bytes : {16'000U, 16'384U, 40'000U, 70'000U, 900'000U}) {
    std::string content = "Subject: x\r\n\r\n";
    while (content.size() < bytes) content += ".line " + std::to_string(content.size()) + "\r\n";
    const auto to = "r" + std::to_string(bytes) + "@y.example";
    contents[to] = content;
    feed.add(to, content);
  }
  send_all(pool);
  ASSERT_EQ(sink.taken().size(), contents.size());
  for (const auto& m : sink.taken()) EXPECT_EQ(m.content, contents[m.recipient]);
}

TEST_F(relay_pool_tls_test, recall_of_a_large_mail_whose_relay_does_not_read) {
  auto how = good(true);
  how.receive_buffer = 4096;
  how.plain_bytes_max = 10'000;
  how.script.extensions = "8BITMIME";
  tls_sink sink{how};
  auto options = options_for(sink, true);
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
  run_until(io, [&] { return feed.settled == 1; });
  EXPECT_EQ(feed.last(id), verdict::recalled);
  EXPECT_THAT(sink.taken(), IsEmpty());
}

TEST_F(relay_pool_tls_test, what_was_encrypted_is_beyond_recall) {
  // Small enough to be handed to TLS at once, with its final dot: sent, or at least no longer ours.
  auto how = good(true);
  tls_sink sink{how};
  relay_pool pool{io, options_for(sink, true), feed};
  const auto id = feed.add("r+dot=stall@y.example");
  bool at_gate = false;
  feed.at_gate = [&](mail_id) { at_gate = true; };
  pool.wake();
  run_until(io, [&] { return at_gate; });
  EXPECT_EQ(pool.recall(id), recall_point::too_late);
}

TEST_F(relay_pool_tls_test, unknown_authority) {
  auto how = good(true);
  how.own = make_certificate({"relay", "IP:127.0.0.1"});
  expect_refused(how, true, "certificate is not accepted for 127.0.0.1: self-signed certificate");
}

TEST_F(relay_pool_tls_test, the_systems_authorities_do_not_know_ours) {
  expect_refused(good(false), false,
                 "certificate is not accepted for 127.0.0.1: unable to get local issuer certificate",
                 [](relay_options& o) { o.ca_file.clear(); });
}

TEST_F(relay_pool_tls_test, certificate_for_another_host) {
  auto how = good(true);
  how.own = make_certificate({"relay", "DNS:other.example,IP:127.0.0.2"}, &authority);
  expect_refused(how, true, "not accepted for 127.0.0.1: IP address mismatch");
  reports.clear();
  feed.to_send.clear();
  expect_refused(how, true, "not accepted for localhost: hostname mismatch", [](auto& o) { o.host = "localhost"; });
}

TEST_F(relay_pool_tls_test, the_common_name_is_no_name) {
  auto how = good(true);
  how.own = make_certificate({"localhost", "DNS:other.example"}, &authority);
  expect_refused(how, true, "hostname mismatch", [](auto& o) { o.host = "localhost"; });
}

TEST_F(relay_pool_tls_test, certificate_has_expired) {
  auto how = good(false);
  how.own = make_certificate({"relay", "IP:127.0.0.1", -7200, -3600}, &authority);
  expect_refused(how, false, "certificate has expired");
}

TEST_F(relay_pool_tls_test, certificate_not_yet) {
  auto how = good(true);
  how.own = make_certificate({"relay", "IP:127.0.0.1", 3600, 7200}, &authority);
  expect_refused(how, true, "certificate is not yet valid");
}

TEST_F(relay_pool_tls_test, tls_1_1_only) {
  auto how = good(true);
  how.version_max = TLS1_1_VERSION;
  expect_refused(how, true, "no TLS: ");
}

TEST_F(relay_pool_tls_test, plaintext_injected_behind_the_220) {
  auto how = good(false);
  how.injected = "250-sink\r\n250 AUTH PLAIN\r\n";
  expect_refused(how, false, "in the open where TLS was to begin", [](auto& o) { log_in(o); });
}

TEST_F(relay_pool_tls_test, starttls_is_missing) {
  auto how = good(false);
  how.starttls.clear();
  expect_refused(how, false, "does not offer STARTTLS", [](auto& o) { log_in(o); });
}

TEST_F(relay_pool_tls_test, starttls_is_refused) {
  auto how = good(false);
  how.starttls = "454 4.7.0 no certificate today";
  expect_refused(how, false, "refuses STARTTLS: 454 4.7.0 no certificate today");
}

TEST_F(relay_pool_tls_test, silent_in_the_handshake) {
  for (const bool implicit : {true, false}) {
    auto how = good(implicit);
    how.silent = true;
    reports.clear();
    feed.to_send.clear();
    expect_refused(how, implicit, "no TLS handshake in time", [](auto& o) { o.session.timeouts.handshake = 20ms; });
  }
}

TEST_F(relay_pool_tls_test, a_relay_that_speaks_in_the_open_first) {
  // Port 25 or 587 where tls = "implicit" expects 465: it does not understand the handshake.
  test::tls_sink sink{good(false)};
  relay_pool pool{io, options_for(sink, true), feed};
  feed.add("a@y.example");
  pool.wake();
  run_until(io, [&] { return reports.size() >= 2; });
  EXPECT_THAT(reports, Each(HasSubstr("no TLS: ")));
  EXPECT_EQ(feed.to_send.size(), 1U);
}

TEST_F(relay_pool_tls_test, logs_in_inside) {
  auto how = good(false);
  how.script.extensions = "8BITMIME\nAUTH PLAIN";
  how.script.auth = "235 2.7.0 yes";
  tls_sink sink{how};
  auto options = options_for(sink, false);
  options.connections = 1;
  log_in(options);
  relay_pool pool{io, options, feed};
  for (int i = 0; i < 20; ++i) feed.add("r" + std::to_string(i) + "@y.example");
  send_all(pool);
  EXPECT_EQ(sink.taken().size(), 20U);
  EXPECT_EQ(sink.logins(), 1);
  EXPECT_EQ(sink.connections(), 1);
  EXPECT_THAT(sink.in_the_open(), Not(HasSubstr("AUTH")));
}

TEST_F(relay_pool_tls_test, wrong_credentials_are_an_alarm_and_no_mails_fault) {
  auto how = good(false);
  how.script.extensions = "AUTH PLAIN";
  how.script.auth = "535 5.7.8 not hunter2";
  expect_refused(how, false, "credentials: the relay refuses the login (PLAIN): 535", [](auto& o) { log_in(o); });
  EXPECT_THAT(reports, Each(Not(HasSubstr("hunter2"))));
}

TEST_F(relay_pool_tls_test, one_try_at_the_login_in_each_step_of_the_backoff) {
  auto how = good(true);
  how.script.extensions = "AUTH PLAIN";
  how.script.auth = "535 5.7.8 no";
  tls_sink sink{how};
  auto options = options_for(sink, true);
  log_in(options);
  options.connections = 4;
  options.backoff_first = 40ms;
  options.backoff_max = 40ms;
  relay_pool pool{io, options, feed};
  feed.add("a@y.example");
  const auto begin = std::chrono::steady_clock::now();
  pool.wake();
  run_until(io, [&] {
    pool.wake();
    return reports.size() >= 5;
  });
  // Full jitter may be next to nothing; with refused credentials half of each step is waited for at least.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 4 * 20ms);
  EXPECT_EQ(sink.logins(), static_cast<int>(reports.size()));
  EXPECT_EQ(pool.stats().login_failures, reports.size());
}

TEST_F(relay_pool_tls_test, a_login_that_cannot_be_now_is_no_alarm) {
  auto how = good(true);
  how.script.extensions = "AUTH PLAIN";
  how.script.auth = "454 4.7.0 directory is away";
  expect_refused(how, true, "refuses the login (PLAIN): 454 4.7.0 directory is away", [](auto& o) { log_in(o); });
  EXPECT_THAT(reports, Each(Not(HasSubstr("credentials"))));
}

TEST_F(relay_pool_tls_test, a_ca_file_that_is_none) {
  relay_options o;
  o.session.protection = protection::implicit_tls;
  for (const auto& [name, content] : {std::pair{"not_there.pem"s, ""s}, {"empty.pem"s, ""s}, {"none.pem"s, "text"s}}) {
    o.ca_file = (folder / name).string();
    if (name != "not_there.pem") std::ofstream{o.ca_file} << content;
    try {
      relay_pool pool{io, o, feed};
      ADD_FAILURE() << name;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr(o.ca_file));
    }
  }
}

}  // namespace
}  // namespace cartwheel::smtp
