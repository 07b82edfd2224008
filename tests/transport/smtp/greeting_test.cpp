// What comes before the first mail: STARTTLS and AUTH, with servers that behave and servers that do not.

#include "transport/smtp/greeting.hpp"

#include "tests/transport/smtp/dialogue.hpp"
#include "transport/smtp/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace cartwheel::smtp {
namespace {

using test::dialogue;
using test::envelope;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr auto password = "pencil";

session_options with_login(sasl::choice how = sasl::choice::automatic, sasl::credentials who = {"user", password, ""}) {
  session_options o;
  o.loopback = true;
  o.login.mechanism = how;
  o.login.credentials = [who] { return who; };
  o.login.nonce = [] { return "rOprNGfwEbeRWgbNEkqO"s; };
  return o;
}

session_options with_starttls(session_options o = {}) {
  o.loopback = false;
  o.protection = protection::starttls;
  return o;
}

/// Up to the EHLO reply that offers these.
std::string introduce(dialogue& d, const std::string& offers) {
  d.says("220 sink ESMTP");
  EXPECT_EQ(d.sent(), "EHLO localhost\n");
  d.says("250-sink\n250-PIPELINING\n" + offers);
  return d.sent();
}

void expect_refused(const dialogue& d, const std::string& why) {
  EXPECT_TRUE(d.closed());
  EXPECT_EQ(d.ended(), end_reason::refused);
  EXPECT_THAT(d.session.end().text, HasSubstr(why));
  EXPECT_FALSE(d.session.end().was_ready);
}

// --- STARTTLS

TEST(greeting_starttls, what_was_said_in_the_open_is_forgotten) {
  dialogue d{with_starttls()};
  EXPECT_EQ(introduce(d, "250-SIZE 10\n250 STARTTLS"), "STARTTLS\n");
  EXPECT_FALSE(d.session.handshake_due());
  d.says("220 2.0.0 Ready");
  EXPECT_TRUE(d.session.handshake_due());
  EXPECT_EQ(d.session.state(), session_state::greeting);
  EXPECT_EQ(d.session.room(d.now), 0U);
  EXPECT_EQ(d.sent(), "");
  d.session.secured(d.now);
  EXPECT_FALSE(d.session.handshake_due());
  EXPECT_EQ(d.sent(), "EHLO localhost\n");
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.says("250 sink");  // no PIPELINING any more, no SIZE
  EXPECT_EQ(d.session.state(), session_state::idle);
  const auto id = d.give("a@y.example");
  EXPECT_EQ(d.sent(), "MAIL FROM:<shop@x.example>\n");
  EXPECT_EQ(d.verdict_of(id), "open");
}

TEST(greeting_starttls, not_offered_nothing_in_clear) {
  dialogue d{with_starttls()};
  const auto id = d.give("a@y.example");
  EXPECT_EQ(introduce(d, "250 SIZE 10"), "");
  expect_refused(d, "does not offer STARTTLS");
  EXPECT_EQ(d.verdict_of(id), "deferred");
}

TEST(greeting_starttls, not_offered_by_a_server_without_ehlo) {
  dialogue d{with_starttls()};
  d.says("220 sink");
  d.sent();
  d.says("502 what");
  EXPECT_EQ(d.sent(), "HELO localhost\n");
  d.says("250 sink");
  EXPECT_EQ(d.sent(), "");
  expect_refused(d, "does not offer STARTTLS");
}

TEST(greeting_starttls, refused) {
  for (const auto* no : {"454 4.7.0 not now", "501 5.5.4 what", "502 5.5.1 what"}) {
    dialogue d{with_starttls()};
    introduce(d, "250 STARTTLS");
    d.says(no);
    EXPECT_EQ(d.sent(), "");
    expect_refused(d, "refuses STARTTLS: "s + no);
    EXPECT_FALSE(d.session.end().login_refused);
  }
}

TEST(greeting_starttls, answered_with_something_else) {
  for (const auto* odd : {"250 2.0.0 Ok", "334 abcd", "354 go on"}) {
    dialogue d{with_starttls()};
    introduce(d, "250 STARTTLS");
    d.says(odd);
    EXPECT_EQ(d.sent(), "");
    EXPECT_EQ(d.ended(), end_reason::out_of_step) << odd;
  }
}

TEST(greeting_starttls, plaintext_behind_the_220) {
  // As NO STARTTLS describes it: replies put into the open stream, to be taken for replies inside TLS.
  for (const auto* injected :
       {"220 Ready\r\n250-sink\r\n250 AUTH PLAIN\r\n", "220 Ready\r\n2", "220 Ready\r\n\x16\x03"}) {
    dialogue d{with_starttls()};
    introduce(d, "250 STARTTLS");
    d.session.receive(injected, d.now);
    expect_refused(d, "in the open where TLS was to begin");
    EXPECT_EQ(d.sent(), "");
  }
  dialogue later{with_starttls()};
  introduce(later, "250 STARTTLS");
  later.says("220 Ready");
  later.says("250 sink");
  expect_refused(later, "in the open where TLS was to begin");
}

TEST(greeting_starttls, a_reply_before_the_question_inside_tls) {
  dialogue d{with_starttls()};
  introduce(d, "250 STARTTLS");
  d.says("220 Ready");
  d.session.secured(d.now);
  d.says("250 AUTH PLAIN");  // EHLO has not been written yet
  EXPECT_EQ(d.ended(), end_reason::out_of_step);
}

TEST(greeting_starttls, the_handshake_has_its_time) {
  session_options o;
  o.timeouts.handshake = 7s;
  dialogue d{with_starttls(o)};
  introduce(d, "250 STARTTLS");
  d.pass(1s);
  d.says("220 Ready");
  EXPECT_EQ(d.session.deadline(), d.now + 7s);
  d.pass(6999ms);
  EXPECT_FALSE(d.closed());
  d.pass(1ms);
  EXPECT_EQ(d.ended(), end_reason::timed_out);
  EXPECT_THAT(d.session.end().text, HasSubstr("no TLS handshake in time"));
}

TEST(greeting_starttls, every_step_has_its_time) {
  session_options o;
  o.timeouts.banner = 1s;
  o.timeouts.command = 2s;
  dialogue banner{with_starttls(o)};
  banner.pass(1s);
  EXPECT_EQ(banner.session.end().text, "no reply in time to the connection");
  dialogue ehlo{with_starttls(o)};
  ehlo.says("220 sink");
  ehlo.sent();
  ehlo.pass(1999ms);
  EXPECT_FALSE(ehlo.closed());
  ehlo.pass(1ms);
  EXPECT_EQ(ehlo.session.end().text, "no reply in time to EHLO");
  dialogue starttls{with_starttls(o)};
  introduce(starttls, "250 STARTTLS");
  starttls.pass(2s);
  EXPECT_EQ(starttls.session.end().text, "no reply in time to STARTTLS");
  dialogue auth{with_login()};
  introduce(auth, "250 AUTH PLAIN");
  auth.pass(limits::command_timeout);
  EXPECT_EQ(auth.session.end().text, "no reply in time to AUTH");
  EXPECT_EQ(auth.ended(), end_reason::timed_out);
}

TEST(greeting_starttls, no_handshake) {
  dialogue d{with_starttls()};
  const auto id = d.give("a@y.example");
  introduce(d, "250 STARTTLS");
  d.says("220 Ready");
  d.session.not_secured("no TLS: certificate has expired");
  expect_refused(d, "certificate has expired");
  EXPECT_EQ(d.verdict_of(id), "deferred");
}

TEST(greeting_starttls, is_not_asked_for_where_it_is_not_wanted) {
  dialogue d;
  EXPECT_EQ(introduce(d, "250 STARTTLS"), "");
  EXPECT_EQ(d.session.state(), session_state::idle);
}

TEST(greeting_implicit, handshake_before_the_banner) {
  session_options o;
  o.protection = protection::implicit_tls;
  o.timeouts.handshake = 3s;
  dialogue d{o};
  EXPECT_TRUE(d.session.handshake_due());
  EXPECT_EQ(d.session.deadline(), d.now + 3s);
  d.pass(1s);
  d.session.secured(d.now);
  EXPECT_EQ(d.sent(), "");
  EXPECT_EQ(d.session.deadline(), d.now + limits::banner_timeout);
  d.greet();
  EXPECT_EQ(d.session.state(), session_state::idle);
}

TEST(greeting_implicit, a_server_that_speaks_in_the_open) {
  session_options o;
  o.protection = protection::implicit_tls;
  dialogue d{o};
  d.says("220 sink ESMTP");
  expect_refused(d, "in the open where TLS was to begin");
  EXPECT_EQ(d.sent(), "");
}

// --- AUTH

TEST(greeting_auth, plain_then_mails) {
  dialogue d{with_login()};
  EXPECT_EQ(introduce(d, "250 AUTH PLAIN LOGIN"), "AUTH PLAIN AHVzZXIAcGVuY2ls\n");
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.says("235 2.7.0 yes");
  EXPECT_EQ(d.session.state(), session_state::idle);
  d.give("a@y.example");
  EXPECT_EQ(d.sent(), envelope("a@y.example"));  // PIPELINING of the EHLO before
}

TEST(greeting_auth, nothing_rides_on_it) {
  dialogue d{with_login()};
  d.give("a@y.example");
  EXPECT_EQ(introduce(d, "250 AUTH PLAIN"), "AUTH PLAIN AHVzZXIAcGVuY2ls\n");
  EXPECT_EQ(d.sent(), "");
  d.says("235 yes");
  EXPECT_EQ(d.sent(), envelope("a@y.example"));
}

TEST(greeting_auth, login_is_asked_twice) {
  dialogue d{with_login()};
  EXPECT_EQ(introduce(d, "250 AUTH=LOGIN"), "AUTH LOGIN\n");
  d.says("334 VXNlcm5hbWU6");
  EXPECT_EQ(d.sent(), base64("user") + "\n");
  d.says("334 UGFzc3dvcmQ6");
  EXPECT_EQ(d.sent(), base64(password) + "\n");
  d.says("235 yes");
  EXPECT_EQ(d.session.state(), session_state::idle);
}

TEST(greeting_auth, scram_with_the_servers_proof) {
  dialogue d{with_login()};
  EXPECT_EQ(introduce(d, "250 AUTH PLAIN SCRAM-SHA-256"),
            "AUTH SCRAM-SHA-256 " + base64("n,,n=user,r=rOprNGfwEbeRWgbNEkqO") + "\n");
  d.says("334 " + base64("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
  EXPECT_EQ(d.sent(), base64("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p="
                             "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=") +
                        "\n");
  d.says("334 " + base64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_EQ(d.sent(), "\n");
  d.says("235 yes");
  EXPECT_EQ(d.session.state(), session_state::idle);
}

TEST(greeting_auth, a_yes_without_the_servers_proof_is_none) {
  for (const bool asked : {false, true}) {
    dialogue d{with_login()};
    introduce(d, "250 AUTH SCRAM-SHA-256");
    if (asked) {
      d.says("334 " + base64("r=rOprNGfwEbeRWgbNEkqO%,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
      d.sent();
    }
    d.says("235 come in");
    expect_refused(d, "has not proven");
    EXPECT_TRUE(d.session.end().login_refused);
    EXPECT_EQ(d.sent(), "");
  }
}

TEST(greeting_auth, token) {
  dialogue d{with_login(sasl::choice::automatic, {"u@x.example", "", "tok"})};
  EXPECT_EQ(introduce(d, "250 AUTH PLAIN XOAUTH2"),
            "AUTH XOAUTH2 " + base64("user=u@x.example\1auth=Bearer tok\1\1") + "\n");
  d.says("334 eyJzdGF0dXMiOiI0MDEifQ==");
  EXPECT_EQ(d.sent(), "\n");
  d.says("535 5.7.8 expired");
  expect_refused(d, "refuses the login (XOAUTH2): 535 5.7.8 expired");
  EXPECT_TRUE(d.session.end().login_refused);
}

TEST(greeting_auth, refusals_about_who_we_are) {
  for (const auto* no : {"535 5.7.8 no", "530 5.7.0 TLS first", "534 5.7.9 too weak", "538 5.7.11 TLS first",
                         "525 5.7.13 disabled", "432 4.7.12 change your password"}) {
    dialogue d{with_login()};
    const auto id = d.give("a@y.example");
    introduce(d, "250 AUTH PLAIN");
    d.says(no);
    expect_refused(d, "refuses the login (PLAIN): "s + no);
    EXPECT_TRUE(d.session.end().login_refused) << no;
    EXPECT_EQ(d.verdict_of(id), "deferred");
    EXPECT_EQ(d.fate(id)->stage, stage::connect);  // the mail was not tried
    EXPECT_EQ(d.sent(), "");                       // no second mechanism either
  }
}

TEST(greeting_auth, refusals_about_the_relay) {
  for (const auto* no :
       {"454 4.7.0 later", "451 4.3.0 later", "421 4.3.2 bye", "504 5.5.4 not that", "503 5.5.1 what"}) {
    dialogue d{with_login()};
    introduce(d, "250 AUTH PLAIN");
    d.says(no);
    expect_refused(d, no);
    EXPECT_FALSE(d.session.end().login_refused) << no;
  }
}

TEST(greeting_auth, challenges_that_are_none) {
  for (const auto* odd : {"334 ?", "334 abc", "334-AAAA\n334 AAAA"}) {
    dialogue d{with_login(sasl::choice::login)};
    introduce(d, "250 AUTH LOGIN");
    d.says(odd);
    EXPECT_EQ(d.sent(), "");
    expect_refused(d, "not base64");
  }
  dialogue more{with_login()};
  introduce(more, "250 AUTH PLAIN");
  more.says("334 ");
  expect_refused(more, "PLAIN is over");
  dialogue content{with_login()};
  introduce(content, "250 AUTH PLAIN");
  content.says("354 go on");
  EXPECT_EQ(content.ended(), end_reason::out_of_step);
}

TEST(greeting_auth, not_offered) {
  dialogue d{with_login()};
  EXPECT_EQ(introduce(d, "250 SIZE"), "");
  expect_refused(d, "offers no login (AUTH), and credentials are configured");
  EXPECT_TRUE(d.session.end().login_refused);
  dialogue helo{with_login()};
  helo.says("220 sink");
  helo.sent();
  helo.says("500 what");
  helo.sent();
  helo.says("250 sink");
  expect_refused(helo, "offers no login");
}

TEST(greeting_auth, not_over_an_open_network) {
  auto o = with_login();
  o.loopback = false;
  dialogue d{o};
  EXPECT_EQ(introduce(d, "250-STARTTLS\n250 AUTH PLAIN LOGIN"), "");
  expect_refused(d, "would show the credentials");
  EXPECT_THAT(d.session.end().text, HasSubstr("tls = \"starttls-required\""));
}

TEST(greeting_auth, inside_tls_only_what_is_offered_inside) {
  dialogue d{with_starttls(with_login())};
  EXPECT_EQ(introduce(d, "250-STARTTLS\n250 AUTH SCRAM-SHA-256"), "STARTTLS\n");
  d.says("220 Ready");
  d.session.secured(d.now);
  EXPECT_EQ(d.sent(), "EHLO localhost\n");
  d.says("250-sink\n250 AUTH PLAIN");
  EXPECT_EQ(d.sent(), "AUTH PLAIN AHVzZXIAcGVuY2ls\n");
  d.says("235 yes");
  EXPECT_EQ(d.session.state(), session_state::idle);
}

TEST(greeting_auth, credentials_are_asked_for_at_each_login) {
  auto o = with_login();
  int asked = 0;
  o.login.credentials = [&]() -> std::variant<sasl::credentials, std::string> {
    if (++asked == 1) return sasl::credentials{"user", "first", ""};
    return "smtp.relay.main.password_file: /run/pw: No such file or directory"s;
  };
  dialogue d{o};
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(introduce(d, "250 AUTH PLAIN"), "AUTH PLAIN " + base64("\0user\0first"s) + "\n");
  dialogue e{o};
  EXPECT_EQ(introduce(e, "250 AUTH PLAIN"), "");
  expect_refused(e, "/run/pw: No such file");
  EXPECT_TRUE(e.session.end().login_refused);
}

TEST(greeting_auth, no_randomness_no_login) {
  auto o = with_login();
  o.login.nonce = [] { return ""s; };
  dialogue d{o};
  EXPECT_EQ(introduce(d, "250 AUTH SCRAM-SHA-256"), "");
  expect_refused(d, "no random bytes");
}

TEST(greeting_auth, texts_do_not_repeat_credentials) {
  const auto coded = base64("\0user\0pencil"s);
  for (const auto& reply : {"535 5.7.8 wrong password pencil"s, "535 what is " + coded, "421 pencil? bye"s,
                            "454 pencil"s, "354 pencil"s, "535-no\n535 " + base64(password)}) {
    dialogue d{with_login()};
    introduce(d, "250 AUTH PLAIN");
    d.says(reply);
    ASSERT_TRUE(d.closed());
    const auto& text = d.session.end().text;
    EXPECT_THAT(text, HasSubstr(reply.substr(0, 3)));
    EXPECT_THAT(text, HasSubstr("left out")) << reply;
    EXPECT_THAT(text, Not(HasSubstr(password)));
    EXPECT_THAT(text, Not(HasSubstr(coded)));
  }
  dialogue behind{with_login()};
  introduce(behind, "250 AUTH PLAIN");
  behind.says("235 yes\n250 by the way: pencil");
  EXPECT_EQ(behind.ended(), end_reason::out_of_step);
  EXPECT_THAT(behind.session.end().text, Not(HasSubstr(password)));
}

TEST(greeting_auth, texts_stay_on_one_line) {
  dialogue d{with_login()};
  introduce(d, "250 AUTH PLAIN");
  d.says("535-first\n535 sec\x1b[31mond");
  EXPECT_EQ(d.session.end().text, "the relay refuses the login (PLAIN): 535 first sec [31mond");
}

// --- Any server

/// Whatever a server says, in whatever order: nothing is said in the open that should not be, one line at a time, and no
/// mail goes before the greeting is over.
TEST(greeting_property, random_servers) {
  const std::vector<std::string> replies{
    "220 sink",
    "220 go",
    "221 bye",
    "235 2.7.0 yes",
    "250 sink",
    "250-sink\n250-PIPELINING\n250-STARTTLS\n250 AUTH PLAIN LOGIN SCRAM-SHA-256 XOAUTH2",
    "250-sink\n250 STARTTLS",
    "250-sink\n250 AUTH=PLAIN",
    "250-sink\n250 AUTH LOGIN",
    "334 ",
    "334 VXNlcm5hbWU6",
    "334 UGFzc3dvcmQ6",
    "334 ?",
    "354 go on",
    "334 " + base64("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
    "334 " + base64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
    "421 bye",
    "454 later",
    "500 what",
    "502 what",
    "535 no",
  };
  std::mt19937 random{1};
  int ready = 0;
  int secured = 0;
  for (int run = 0; run < 20'000; ++run) {
    const bool starttls = random() % 2 == 0;
    auto o = with_login(static_cast<sasl::choice>(random() % 5), {"user", password, "tok"});
    o.loopback = false;
    if (starttls) o.protection = protection::starttls;
    dialogue d{o};
    d.give("a@y.example");
    bool inside = false;
    std::string line;
    for (int i = 0; i < 12 && !d.closed() && d.session.state() == session_state::greeting; ++i) {
      // The fitting one three times in four, or no run would come far.
      auto reply = replies[random() % replies.size()];
      if (random() % 4 != 0) {
        if (line.empty()) reply = "220 sink";
        if (line.starts_with("EHLO")) reply = replies[5];
        if (line.starts_with("STARTTLS")) reply = "220 go";
        if (line.starts_with("AUTH ")) reply = random() % 2 == 0 ? "235 yes" : "334 VXNlcm5hbWU6";
      }
      d.says(reply);
      if (d.session.handshake_due()) {
        ASSERT_EQ(d.sent(), "");
        ASSERT_FALSE(inside);
        inside = true;
        ++secured;
        d.session.secured(d.now);
      }
      line = d.sent();
      if (d.session.state() != session_state::greeting) break;
      ASSERT_LE(std::count(line.begin(), line.end(), '\n'), 1) << line;
      ASSERT_FALSE(line.starts_with("MAIL")) << line;
      if (!inside) {
        for (const auto& secret : {"\0user\0pencil"s, "pencil"s, "user=user\1auth=Bearer tok\1\1"s})
          ASSERT_EQ(line.find(base64(secret)), std::string::npos) << line;
        if (starttls) {
          ASSERT_FALSE(line.starts_with("AUTH")) << line;
        }
      }
    }
    if (d.session.state() == session_state::idle || d.session.state() == session_state::busy) {
      ++ready;
      ASSERT_TRUE(inside || !starttls);
    } else if (d.closed()) {
      ASSERT_EQ(d.session.end().text.find(password), std::string::npos);
    }
  }
  EXPECT_GT(ready, 500);
  EXPECT_GT(secured, 1000);
}

}  // namespace
}  // namespace cartwheel::smtp
