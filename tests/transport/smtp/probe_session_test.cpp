#include "transport/smtp/probe_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::smtp {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A probe on a virtual clock, spoken to by hand.
struct talk {
  explicit talk(std::string recipient = "me@x.example", session_options options = {})
      : probe{std::move(options), "shop@x.example", std::move(recipient), now} {}

  void says(std::string lines) {
    std::string bytes;
    for (const char c : lines + '\n') bytes += c == '\n' ? std::string{"\r\n"} : std::string{c};
    probe.receive(bytes, now);
  }
  std::string sent() {
    std::string lines;
    for (const char c : probe.output())
      if (c != '\r') lines += c;
    probe.written(probe.output().size(), now);
    return lines;
  }
  void greet(const std::string& offers = "250 PIPELINING") {
    says("220 sink");
    EXPECT_EQ(sent(), "EHLO localhost\n");
    says("250-sink\n" + offers);
  }

  client_session::time_point now{};
  probe_session probe;
};

const std::string one = "MAIL FROM:<shop@x.example>\nRCPT TO:<me@x.example>\nRSET\n";

TEST(probe_session, two_envelopes_in_one_group) {
  talk t;
  t.greet();
  EXPECT_EQ(t.sent(), one + one);
  t.says("250 a\n250 b\n250 c\n250 d\n250 e\n250 f");
  EXPECT_EQ(t.sent(), "QUIT\n");
  EXPECT_EQ(t.probe.envelopes(), envelopes::lined_up);
  EXPECT_FALSE(t.probe.over());
  t.says("221 bye");
  EXPECT_TRUE(t.probe.over());
  EXPECT_EQ(t.probe.failed(), "");
}

TEST(probe_session, one_by_one_where_there_are_no_groups) {
  talk t;
  t.greet("250 SIZE");
  for (const auto* command : {"MAIL FROM:<shop@x.example>\n", "RCPT TO:<me@x.example>\n", "RSET\n",
                              "MAIL FROM:<shop@x.example>\n", "RCPT TO:<me@x.example>\n", "RSET\n"}) {
    EXPECT_EQ(t.sent(), command);
    t.says("250 ok");
  }
  EXPECT_EQ(t.sent(), "QUIT\n");
  EXPECT_EQ(t.probe.envelopes(), envelopes::lined_up);
}

TEST(probe_session, without_a_recipient_it_looks_and_leaves) {
  talk t{""};
  t.greet();
  EXPECT_EQ(t.sent(), "QUIT\n");
  EXPECT_EQ(t.probe.envelopes(), envelopes::not_tried);
  t.probe.lost("closed by the relay", t.now);
  EXPECT_TRUE(t.probe.over());
  EXPECT_EQ(t.probe.failed(), "");
}

TEST(probe_session, refusals) {
  talk sender;
  sender.greet();
  sender.sent();
  sender.says("550 5.7.1 not you\n503 what\n250 c\n550 5.7.1 not you\n503 what\n250 f");
  EXPECT_EQ(sender.probe.envelopes(), envelopes::refused);
  EXPECT_EQ(sender.probe.failed(), "the relay refuses the sender: 550 5.7.1 not you");
  talk recipient;
  recipient.greet();
  recipient.sent();
  recipient.says("250 a\n550 5.1.1 who\n250 c\n250 d\n550 5.1.1 who\n250 f");
  EXPECT_EQ(recipient.probe.failed(), "the relay refuses the recipient: 550 5.1.1 who");
}

TEST(probe_session, replies_that_do_not_line_up) {
  for (const auto* replies :
       {"502 one at a time", "250 a\n354 go on", "250 a\n250 b\n502 c", "250 a\n503 b", "550 a\n250 b"}) {
    talk t;
    t.greet();
    t.sent();
    t.says(replies);
    EXPECT_EQ(t.probe.envelopes(), envelopes::out_of_step) << replies;
    EXPECT_EQ(t.sent(), "QUIT\n");
    EXPECT_EQ(t.probe.failed(), "");  // in lock-step mails can be sent
  }
}

TEST(probe_session, a_server_that_swallows_part_of_a_group) {
  talk t;
  t.greet();
  t.sent();
  t.says("250 a");
  t.now += limits::command_timeout;
  t.probe.expire(t.now);
  EXPECT_EQ(t.probe.envelopes(), envelopes::out_of_step);
  EXPECT_EQ(t.sent(), "QUIT\n");
  t.now += limits::quit_timeout;
  t.probe.expire(t.now);
  EXPECT_TRUE(t.probe.over());
}

TEST(probe_session, refused_at_the_door) {
  talk t;
  t.says("554 5.7.1 go away");
  EXPECT_TRUE(t.probe.over());
  EXPECT_EQ(t.probe.failed(), "554 5.7.1 go away");
  EXPECT_EQ(t.sent(), "");
}

TEST(probe_session, what_is_no_reply) {
  talk noise;
  noise.says("HTTP/1.1 400 Bad Request");
  EXPECT_THAT(noise.probe.failed(), HasSubstr("not a reply"));
  talk early;
  early.says("220 sink\n250 early");
  EXPECT_THAT(early.probe.failed(), HasSubstr("a reply to nothing"));
  talk gone;
  gone.says("220 sink");
  gone.sent();
  gone.probe.lost("closed by the relay", gone.now);
  EXPECT_EQ(gone.probe.failed(), "closed by the relay, instead of an answer to EHLO");
  talk silent;
  silent.now += limits::banner_timeout;
  silent.probe.expire(silent.now);
  EXPECT_EQ(silent.probe.failed(), "no reply in time to the connection");
}

TEST(probe_session, logs_in_once) {
  session_options o;
  o.loopback = true;
  o.login.credentials = [] { return sasl::credentials{"u", "p", ""}; };
  talk t{"", o};
  t.greet("250 AUTH PLAIN");
  EXPECT_EQ(t.sent(), "AUTH PLAIN AHUAcA==\n");
  t.says("535 5.7.8 no");
  EXPECT_TRUE(t.probe.over());
  EXPECT_TRUE(t.probe.login_refused());
  EXPECT_EQ(t.sent(), "");
}

TEST(probe_session, tls_as_in_a_session) {
  session_options o;
  o.protection = protection::starttls;
  talk t{"", o};
  t.greet("250 STARTTLS");
  EXPECT_EQ(t.sent(), "STARTTLS\n");
  t.says("220 go");
  EXPECT_TRUE(t.probe.handshake_due());
  t.probe.secured(t.now);
  EXPECT_EQ(t.sent(), "EHLO localhost\n");
  t.says("250 sink");
  EXPECT_TRUE(t.probe.greeted().done());
  talk injected{"", o};
  injected.greet("250 STARTTLS");
  injected.sent();
  injected.says("220 go\n250 AUTH PLAIN");
  EXPECT_THAT(injected.probe.failed(), HasSubstr("in the open where TLS was to begin"));
  talk slow{"", o};
  slow.greet("250 STARTTLS");
  slow.sent();
  slow.says("220 go");
  slow.now += limits::handshake_timeout;
  slow.probe.expire(slow.now);
  EXPECT_EQ(slow.probe.failed(), "no TLS handshake in time");
}

}  // namespace
}  // namespace cartwheel::smtp
