// A probe over real sockets.

#include "transport/smtp/relay_probe.hpp"

#include "tests/scratch_folder.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"
#include "tests/transport/smtp/tls_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel::smtp {
namespace {

using test::loopback_sink;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

probe_options options_for(uint16_t port) {
  probe_options o;
  o.relay.port = port;
  o.sender = "shop@x.example";
  return o;
}

TEST(relay_probe, of_an_open_relay) {
  loopback_sink sink;
  auto options = options_for(sink.port());
  options.recipient = "me@y.example";
  const auto found = probe_relay(options);
  EXPECT_EQ(found.failed, "");
  ASSERT_EQ(found.addresses.size(), 1U);
  EXPECT_EQ(found.addresses[0].address, "127.0.0.1:" + std::to_string(sink.port()));
  EXPECT_EQ(found.addresses[0].failed, "");
  EXPECT_FALSE(found.tls);
  EXPECT_TRUE(found.greeted && found.server.pipelining && found.server.smtp_utf8);
  EXPECT_EQ(found.envelopes, envelopes::lined_up);
  ASSERT_TRUE(found.ehlo);
  EXPECT_THAT(found.ehlo->text, HasSubstr("SIZE 10240000"));
  EXPECT_THAT(sink.taken(), IsEmpty());
}

TEST(relay_probe, of_relays_that_lie_about_groups) {
  for (const auto l : {test::lie::refuses_groups, test::lie::closes_on_groups}) {
    test::sink_options how;
    how.script.lie = l;
    loopback_sink sink{how};
    auto options = options_for(sink.port());
    options.recipient = "me@y.example";
    EXPECT_EQ(probe_relay(options).envelopes, envelopes::out_of_step);
  }
}

TEST(relay_probe, nobody_is_there) {
  auto options = options_for(0);
  {
    loopback_sink sink;
    options.relay.port = sink.port();
  }
  const auto found = probe_relay(options);
  EXPECT_EQ(found.failed, "no address of the relay can be connected to");
  ASSERT_EQ(found.addresses.size(), 1U);
  EXPECT_EQ(found.addresses[0].failed, "Connection refused");
  EXPECT_FALSE(found.greeted);
}

TEST(relay_probe, by_name_each_address_is_tried) {
  loopback_sink sink;  // on IPv4 only
  auto options = options_for(sink.port());
  options.relay.host = "localhost";
  const auto found = probe_relay(options);
  EXPECT_EQ(found.failed, "");
  ASSERT_FALSE(found.addresses.empty());
  EXPECT_EQ(found.addresses.back().failed, "");
  options.relay.host = "no-such-host.invalid";
  EXPECT_THAT(probe_relay(options).failed, HasSubstr("name not resolved"));
}

TEST(relay_probe, a_relay_that_is_silent) {
  test::sink_options how;
  how.script.greeting.clear();
  loopback_sink sink{how};
  auto options = options_for(sink.port());
  options.relay.session.timeouts.banner = 30ms;
  EXPECT_EQ(probe_relay(options).failed, "no reply in time to the connection");
}

TEST(relay_probe, helo_is_the_connections_address_when_there_is_no_name) {
  test::sink_options how;
  how.script.ehlo = false;
  loopback_sink sink{how};
  auto options = options_for(sink.port());
  options.relay.session.helo_name.clear();
  EXPECT_EQ(probe_relay(options).failed, "");
}

struct relay_probe_tls_test : ::testing::Test {
  relay_probe_tls_test() { std::ofstream{ca_file} << test::pem_of(authority); }

  probe_findings probe(test::tls_sink_options how, const std::string& password) {
    how.own = test::make_certificate({"mx.relay.example", "IP:127.0.0.1"}, &authority);
    sink.emplace(how);
    auto options = options_for(sink->port());
    options.relay.ca_file = ca_file;
    options.relay.session.protection = how.implicit ? protection::implicit_tls : protection::starttls;
    if (!password.empty())
      options.relay.session.login.credentials = [password] { return sasl::credentials{"u", password, ""}; };
    return probe_relay(options);
  }

  cartwheel::test::scratch_folder folder;
  std::string ca_file = (folder / "ca.pem").string();
  test::certificate authority = test::make_certificate({"authority", ""});
  std::optional<test::tls_sink> sink;
};

TEST_F(relay_probe_tls_test, tells_of_tls_and_login) {
  for (const bool implicit : {true, false}) {
    test::tls_sink_options how;
    how.implicit = implicit;
    how.script.extensions = "AUTH PLAIN";
    how.script.auth = "235 yes";
    const auto found = probe(how, "hunter2");
    EXPECT_EQ(found.failed, "");
    ASSERT_TRUE(found.tls);
    EXPECT_EQ(found.tls->subject, "CN=mx.relay.example");
    EXPECT_EQ(found.tls->days_left, 30);
    EXPECT_EQ(found.login, sasl::mechanism::plain);
    EXPECT_TRUE(found.greeted);
    EXPECT_THAT(found.server.auth, ElementsAre("PLAIN"));
    EXPECT_EQ(sink->logins(), 1);
  }
}

TEST_F(relay_probe_tls_test, tells_of_a_login_that_is_refused) {
  test::tls_sink_options how;
  how.implicit = true;
  how.script.extensions = "AUTH PLAIN";
  how.script.auth = "535 5.7.8 not with hunter2";
  const auto found = probe(how, "hunter2");
  EXPECT_THAT(found.failed, AllOf(HasSubstr("refuses the login (PLAIN): 535"), Not(HasSubstr("hunter2"))));
  EXPECT_TRUE(found.login_refused);
  EXPECT_EQ(sink->logins(), 1);
}

TEST_F(relay_probe_tls_test, tells_of_a_certificate_that_is_not_accepted) {
  authority = test::make_certificate({"somebody else", ""});
  test::tls_sink_options how;
  EXPECT_THAT(probe(how, "hunter2").failed, HasSubstr("certificate is not accepted for 127.0.0.1"));
  EXPECT_THAT(sink->in_the_open(), Not(HasSubstr("AUTH")));
}

}  // namespace
}  // namespace cartwheel::smtp
