#include "app/commands.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace cartwheel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct said {
  int exit_code;
  std::string output;
  std::string complaints;
};

said probe(relay_probe_options o, const std::vector<std::string>& sets) {
  o.sets.insert(o.sets.end(), sets.begin(), sets.end());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = relay_probe(o);
  auto complaints = testing::internal::GetCapturedStderr();
  return {code, testing::internal::GetCapturedStdout(), complaints};
}

std::string at(const smtp::test::loopback_sink& sink) {
  return "smtp.relay.main.address=127.0.0.1:" + std::to_string(sink.port());
}

TEST(relay_probe_command, says_what_the_relay_can_do_and_what_will_be_done_with_it) {
  smtp::test::sink_options how;
  how.script.extensions = "8BITMIME\nSIZE 1000000\nX-\x1b[31mODD\nLIMITS MAILMAX=10";
  const smtp::test::loopback_sink sink{how};
  relay_probe_options o;
  o.to = "me@y.example";
  const auto s = probe(o, {at(sink)});
  EXPECT_EQ(s.exit_code, 0) << s.complaints;
  EXPECT_EQ(s.complaints, "");
  for (const auto* part :
       {"connected\n", "PIPELINING", "one round trip a mail", "more than 1000000 bytes are not tried", "no SMTPUTF8",
        "a connection ends after 10 mails", "line up", "mode       pipelined", "tls        none, as configured",
        "login      none is configured", "ok: mails can be sent\n"})
    EXPECT_THAT(s.output, HasSubstr(part));
  EXPECT_THAT(s.output, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(sink.taken().empty());
}

TEST(relay_probe_command, envelopes_are_left_out_and_it_says_so) {
  const smtp::test::loopback_sink sink;
  EXPECT_THAT(probe({}, {at(sink)}).output, HasSubstr("left out: no address was given with --to"));
  EXPECT_THAT(probe({}, {at(sink), "smtp.relay.main.pipelining=false"}).output, HasSubstr("mode       lock-step"));
}

TEST(relay_probe_command, one_clear_line_when_no_mail_can_be_sent) {
  smtp::test::sink_options how;
  how.script.greeting = "554 5.7.1 not from here\r\n";
  const smtp::test::loopback_sink sink{how};
  const auto s = probe({}, {at(sink)});
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_EQ(s.complaints, "no mail can be sent through relay main: 554 5.7.1 not from here\n");
  EXPECT_THAT(s.output, AllOf(HasSubstr("mode       none"), Not(HasSubstr("ok:"))));
}

TEST(relay_probe_command, as_json) {
  smtp::test::sink_options how;
  how.script.extensions = "AUTH PLAIN\nX\xff";
  how.script.auth = "535 5.7.8 no";
  const smtp::test::loopback_sink sink{how};
  test::scratch_folder folder;
  std::ofstream{folder / "password"} << "hunter2\n";
  relay_probe_options o;
  o.json = true;
  const auto s = probe(
    o, {at(sink), "smtp.relay.main.user=shop", "smtp.relay.main.password_file=" + (folder / "password").string()});
  EXPECT_EQ(s.exit_code, 1);
  const auto j = nlohmann::json::parse(s.output);
  EXPECT_FALSE(j["ok"].get<bool>());
  EXPECT_THAT(j["why"].get<std::string>(), HasSubstr("refuses the login (PLAIN): 535 5.7.8 no"));
  EXPECT_EQ(j["login"]["mechanism"], "PLAIN");
  EXPECT_TRUE(j["login"]["credentials_refused"].get<bool>());
  EXPECT_TRUE(j["mode"].is_null());
  EXPECT_TRUE(j["tls"].is_null());
  EXPECT_EQ(j["addresses"][0]["failed"], nullptr);
  EXPECT_EQ(j["keywords"][1]["keyword"], "AUTH");
  EXPECT_EQ(j["keywords"][1]["parameters"], "PLAIN");
  EXPECT_THAT(s.output + s.complaints, Not(HasSubstr("hunter2")));
}

TEST(relay_probe_command, which_relay) {
  relay_probe_options o;
  o.name = "eu";
  auto s = probe(o, {});
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_EQ(s.complaints, "no relay is called eu; there is main\n");
  const smtp::test::loopback_sink sink;
  EXPECT_EQ(probe(o, {"smtp.relay.eu.address=127.0.0.1:" + std::to_string(sink.port())}).exit_code, 0);
}

TEST(relay_probe_command, files_that_are_not_there) {
  auto s = probe({}, {"smtp.relay.main.user=shop", "smtp.relay.main.password_file=/no/such/file"});
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_EQ(s.complaints, "smtp.relay.main.password_file: /no/such/file: No such file or directory\n");
  s = probe({}, {"smtp.relay.main.tls=implicit", "smtp.relay.main.ca_file=/no/such/ca.pem"});
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints,
              HasSubstr("smtp.relay.main.ca_file: /no/such/ca.pem: no certificates can be read: No such file"));
}

}  // namespace
}  // namespace cartwheel
