#include "transport/smtp/commands.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cartwheel::smtp {
namespace {

mail make(std::string sender, std::string recipient, std::string content = "a\r\n", bool utf8 = false) {
  return {mail_id{1}, std::move(sender), std::move(recipient), utf8,
          std::make_shared<const std::string>(std::move(content))};
}

std::string refused(const mail& m, const capabilities& server = {}) {
  const auto r = check(m, look_at(*m.content), server);
  return r ? std::string{r->enhanced} : std::string{};
}

std::string mail_command(const mail& m, const capabilities& server, bool with_size = true) {
  std::string out;
  append_mail_command(out, m, look_at(*m.content), server, with_size);
  return out;
}

TEST(commands, envelopes_cannot_carry_a_second_command) {
  EXPECT_EQ(refused(make("a@x.example", "b@y.example")), "");
  EXPECT_EQ(refused(make("", "b@y.example")), "");
  EXPECT_EQ(refused(make("a@x.example", "\"b c\"@y.example")), "");
  EXPECT_EQ(refused(make("a@x.example", "\"b\\\"> c\"@y.example")), "");
  EXPECT_EQ(refused(make("a@x.example", "")), "5.1.3");
  for (const auto* bad :
       {"b@y\r\nRSET", "b@y\n", "b\r@y", "b@y> SIZE=1", "b c@y", "<b@y", "\"b@y", "\"b\\", "\t@y", "b\x7f@y"}) {
    EXPECT_EQ(refused(make("a@x.example", bad)), "5.1.3") << bad;
    EXPECT_EQ(refused(make(bad, "b@y.example")), "5.1.7") << bad;
  }
  EXPECT_EQ(refused(make("a@x.example", std::string("b\0@y", 4))), "5.1.3");
  EXPECT_EQ(refused(make("a@x.example", std::string(300, 'b') + "@y.example")), "5.1.3");
}

TEST(commands, what_the_server_lacks_is_refused_before_mail) {
  capabilities all;
  all.smtp_utf8 = all.eight_bit_mime = all.size = true;
  EXPECT_EQ(refused(make("a@x.example", "b\xc3\xa9@y.example")), "5.6.7");
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "a\r\n", true)), "5.6.7");
  EXPECT_EQ(refused(make("a@x.example", "b\xc3\xa9@y.example"), all), "");
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "\xc3\xa9\r\n")), "5.6.3");
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "\xc3\xa9\r\n"), all), "");
  all.size_max = 5;
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "aaa\r\n"), all), "");
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "aaaa\r\n"), all), "5.3.4");
}

TEST(commands, content_that_could_smuggle_a_mail_is_refused) {
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "a\r\n.\nMAIL FROM:<>\r\n")), "5.6.0");
  EXPECT_EQ(refused(make("a@x.example", "b@y.example", "")), "5.6.0");
}

TEST(commands, parameters_are_those_announced) {
  capabilities none;
  capabilities all;
  all.smtp_utf8 = all.eight_bit_mime = all.size = true;
  const auto plain = make("a@x.example", "b@y.example");
  EXPECT_EQ(mail_command(plain, none), "MAIL FROM:<a@x.example>\r\n");
  EXPECT_EQ(mail_command(plain, all), "MAIL FROM:<a@x.example> SIZE=3\r\n");
  EXPECT_EQ(mail_command(plain, all, false), "MAIL FROM:<a@x.example>\r\n");
  EXPECT_EQ(mail_command(make("", "b\xc3\xa9@y.example", "\xc3\xa9\r\n"), all, false),
            "MAIL FROM:<> BODY=8BITMIME SMTPUTF8\r\n");
}

TEST(commands, reports_are_asked_for_where_offered) {
  capabilities server;
  server.dsn = true;
  auto m = make("a@x.example", "b+c=d@y.example");
  m.envelope_id = "k=1+ 2";
  std::string out;
  EXPECT_TRUE(append_mail_command(out, m, look_at(*m.content), server, true));
  EXPECT_TRUE(append_rcpt_command(out, m, server, true));
  EXPECT_EQ(out,
            "MAIL FROM:<a@x.example> RET=HDRS ENVID=k+3D1+2B+202\r\n"
            "RCPT TO:<b+c=d@y.example> NOTIFY=FAILURE ORCPT=rfc822;b+2Bc+3Dd@y.example\r\n");
  out.clear();
  EXPECT_FALSE(append_mail_command(out, m, look_at(*m.content), server, false));
  EXPECT_FALSE(append_rcpt_command(out, m, server, false));
  EXPECT_EQ(out, "MAIL FROM:<a@x.example>\r\nRCPT TO:<b+c=d@y.example>\r\n");
}

TEST(commands, an_envelope_id_is_said_whole_or_not) {
  capabilities server;
  server.dsn = true;
  auto m = make("a@x.example", "b@y.example");
  m.envelope_id = std::string(500, '=');
  std::string out;
  append_mail_command(out, m, look_at(*m.content), server, true);
  EXPECT_EQ(out.find("ENVID"), std::string::npos);
  m.envelope_id = std::string(100, 'a');
  append_mail_command(out, m, look_at(*m.content), server, true);
  EXPECT_NE(out.find("ENVID=" + m.envelope_id + "\r\n"), std::string::npos);
}

}  // namespace
}  // namespace cartwheel::smtp
