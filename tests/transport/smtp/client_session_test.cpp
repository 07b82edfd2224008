// What a session says to a server that behaves, in both modes, and how it takes ordinary refusals.

#include "transport/smtp/client_session.hpp"

#include "tests/transport/smtp/dialogue.hpp"

#include <gtest/gtest.h>

namespace cartwheel::smtp {
namespace {

using test::dialogue;
using test::envelope;
using test::plain_sent;
using namespace std::chrono_literals;

TEST(session_mode_a, content_and_next_envelope_leave_in_one_flight) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  EXPECT_EQ(d.sent(), envelope("a@y.example"));
  d.says("250 2.1.0 Ok\n250 2.1.5 Ok\n354 go");
  EXPECT_EQ(d.sent(), plain_sent + envelope("b@y.example"));
  EXPECT_EQ(d.verdict_of(a), "open");
  d.says("250 2.0.0 queued as A1\n250 2.1.0 Ok\n250 2.1.5 Ok\n354 go");
  const auto fate = d.fate(a);
  ASSERT_TRUE(fate);
  EXPECT_EQ(fate->verdict, verdict::accepted);
  EXPECT_EQ(fate->stage, stage::content);
  EXPECT_EQ(fate->code, 250);
  EXPECT_EQ(fate->enhanced, "2.0.0");
  EXPECT_EQ(fate->text, "queued as A1");
  EXPECT_EQ(d.sent(), plain_sent);
  d.says("250 2.0.0 queued as A2");
  EXPECT_EQ(d.verdict_of(b), "accepted");
  EXPECT_EQ(d.session.round_trips(), 4U);  // EHLO, first envelope, one a mail
  EXPECT_EQ(d.session.state(), session_state::idle);
}

TEST(session_mode_a, one_write_a_flight) {
  dialogue d;
  d.greet();
  d.give("a@y.example");
  d.give("b@y.example");
  EXPECT_NE(d.write_once(), "");
  EXPECT_EQ(d.write_once(), "");
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_NE(d.write_once(), "");
  EXPECT_EQ(d.write_once(), "");
}

TEST(session_mode_a, a_mail_that_comes_while_idle_leaves_at_once) {
  dialogue d;
  d.greet();
  EXPECT_EQ(d.sent(), "");
  d.give("a@y.example");
  EXPECT_EQ(d.sent(), envelope("a@y.example"));
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), plain_sent);
  d.says("250 Ok");
  d.give("b@y.example");
  EXPECT_EQ(d.sent(), envelope("b@y.example"));  // no RSET after a transaction that went well
}

TEST(session_mode_a, dots_are_stuffed) {
  dialogue d;
  d.greet();
  d.give("a@y.example", ".a\r\n..\r\nb");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), "..a\n...\nb\n.\n");
}

TEST(session_mode_a, refused_recipient_then_reset) {
  for (const int bad : {0, 1, 3}) {
    dialogue d;
    d.greet();
    std::vector<mail_id> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(d.give("r" + std::to_string(i) + "@y.example"));
    std::string expected = envelope("r0@y.example");
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(d.sent(), expected);
      const auto dot = i > 0 && i - 1 != bad ? "250 2.0.0 queued\n" : i > 0 ? "250 2.0.0 reset\n" : "";
      d.says(dot + std::string{i == bad ? "250 Ok\n550 5.1.1 nobody\n554 5.5.1 no valid recipients"
                                        : "250 Ok\n250 Ok\n354 go"});
      expected = i == bad ? (i < 3 ? "RSET\n" : "") : plain_sent;
      if (i < 3) expected += envelope("r" + std::to_string(i + 1) + "@y.example");
    }
    EXPECT_EQ(d.sent(), expected);
    if (bad != 3) d.says("250 2.0.0 queued");
    for (int i = 0; i < 4; ++i) EXPECT_EQ(d.verdict_of(ids[i]), i == bad ? "rejected" : "accepted") << bad << ' ' << i;
    EXPECT_EQ(d.fate(ids[bad])->stage, stage::rcpt);
    EXPECT_EQ(d.fate(ids[bad])->enhanced, "5.1.1");
    EXPECT_EQ(d.fate(ids[bad])->code, 550);
  }
}

TEST(session_mode_a, all_recipients_refused) {
  dialogue d;
  d.greet();
  std::vector<mail_id> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(d.give("r@y.example"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(d.sent(), (i ? "RSET\n" : "") + envelope("r@y.example"));
    d.says((i ? "250 Ok\n" : "") + std::string{"250 Ok\n450 4.2.0 later\n503 5.5.1 need RCPT"});
  }
  for (const auto id : ids) EXPECT_EQ(d.verdict_of(id), "deferred");
  EXPECT_EQ(d.sent(), "");
  EXPECT_TRUE(d.asked.empty());
}

TEST(session_mode_a, recipient_refused_and_data_open_takes_a_lone_dot) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n550 5.1.1 nobody\n354 go");
  EXPECT_EQ(d.sent(), ".\nRSET\n" + envelope("b@y.example"));
  EXPECT_EQ(d.verdict_of(a), "rejected");
  d.says("554 5.5.1 no valid recipients\n250 Ok\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), plain_sent);
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(b), "accepted");
}

TEST(session_mode_a, mail_refused_for_now_stops_the_connection) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto c = d.give("c@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok\n451 4.3.1 storage\n503 need MAIL\n503 need RCPT");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.verdict_of(b), "deferred");
  EXPECT_EQ(d.fate(b)->code, 451);
  EXPECT_EQ(d.verdict_of(c), "deferred");
  EXPECT_EQ(d.fate(c)->code, 0);
  EXPECT_EQ(d.fate(c)->stage, stage::connect);
  EXPECT_EQ(d.sent(), "QUIT\n");
  d.says("221 bye");
  EXPECT_EQ(d.ended(), end_reason::told_to_wait);
}

TEST(session_mode_a, mail_refused_for_good_goes_on_until_the_sender_is_plainly_unwelcome) {
  dialogue d;
  d.greet();
  std::vector<mail_id> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(d.give("r@y.example"));
  for (size_t i = 0; i < limits::sender_refusals_max; ++i) {
    EXPECT_EQ(d.sent(), (i ? "RSET\n" : "") + envelope("r@y.example"));
    d.says((i ? "250 Ok\n" : "") + std::string{"550 5.7.1 not you\n503 need MAIL\n503 need RCPT"});
  }
  EXPECT_EQ(d.sent(), "QUIT\n");
  for (const auto id : ids) EXPECT_EQ(d.verdict_of(id), "deferred");
}

TEST(session_mode_a, size_refused_as_a_parameter_is_left_out) {
  dialogue d;
  d.greet("250-sink\n250-PIPELINING\n250 SIZE 100000");
  const auto a = d.give("a@y.example");
  EXPECT_EQ(d.sent(), "MAIL FROM:<shop@x.example> SIZE=21\nRCPT TO:<a@y.example>\nDATA\n");
  d.says("555 5.5.4 what\n503 need MAIL\n503 need RCPT");
  EXPECT_EQ(d.sent(), "RSET\n" + envelope("a@y.example"));
  d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  d.pass(15s);
  d.sent();
  d.says("221 bye");
  EXPECT_TRUE(d.session.end().parameters_refused);
}

TEST(session_mode_a, data_refused) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n554 5.6.0 no");
  EXPECT_EQ(d.verdict_of(a), "rejected");
  EXPECT_EQ(d.sent(), "RSET\n" + envelope("b@y.example"));
  d.says("250 Ok\n250 Ok\n250 Ok\n454 Throttling failure: Maximum sending rate exceeded.");
  EXPECT_EQ(d.verdict_of(b), "deferred");
  EXPECT_EQ(d.fate(b)->stage, stage::data);
  EXPECT_EQ(d.fate(b)->about, subject::rate);
  EXPECT_EQ(d.sent(), "") << "slower, but over this connection";
  const auto c = d.give("c@y.example");
  EXPECT_EQ(d.sent(), "RSET\n" + envelope("c@y.example"));
  d.says("250 Ok\n250 Ok\n250 Ok\n454 Throttling failure: Daily message quota exceeded.");
  EXPECT_EQ(d.fate(c)->about, subject::day);
  EXPECT_EQ(d.sent(), "QUIT\n");
}

TEST(session_mode_a, content_refused) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto c = d.give("c@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("554 5.7.1 spam\n250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("452 4.3.1 full\n250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(a), "rejected");
  EXPECT_EQ(d.verdict_of(b), "deferred");
  EXPECT_EQ(d.fate(b)->stage, stage::content);
  EXPECT_EQ(d.verdict_of(c), "accepted");
}

TEST(session_mode_a, what_the_server_cannot_take_is_refused_without_a_command) {
  dialogue d;
  d.greet();
  const auto utf8 = d.give("b\xc3\xa9@y.example");
  EXPECT_EQ(d.sent(), "");
  ASSERT_EQ(d.verdict_of(utf8), "rejected");
  EXPECT_EQ(d.fate(utf8)->enhanced, "5.6.7");
  EXPECT_EQ(d.fate(utf8)->code, 0);
  const auto broken = d.give("b\r\nRSET@y.example");
  const auto good = d.give("a@y.example");
  EXPECT_EQ(d.verdict_of(broken), "rejected");
  EXPECT_EQ(d.sent(), envelope("a@y.example"));
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(good), "accepted");
}

TEST(session_lock_step, one_command_a_flight_and_nothing_behind_the_dot) {
  dialogue d;
  d.greet_lock_step();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  for (const auto id : {a, b}) {
    const auto rcpt = id == a ? "RCPT TO:<a@y.example>\n" : "RCPT TO:<b@y.example>\n";
    EXPECT_EQ(d.sent(), "MAIL FROM:<shop@x.example>\n");
    d.says("250 Ok");
    EXPECT_EQ(d.sent(), rcpt);
    d.says("250 Ok");
    EXPECT_EQ(d.sent(), "DATA\n");
    d.says("354 go");
    EXPECT_EQ(d.sent(), plain_sent);
    d.says("250 queued");
    EXPECT_EQ(d.verdict_of(id), "accepted");
  }
  EXPECT_EQ(d.session.round_trips(), 9U);
}

TEST(session_lock_step, when_told_to_although_the_server_pipelines) {
  session_options options;
  options.pipelining = false;
  dialogue d{options};
  d.greet();
  d.give("a@y.example");
  EXPECT_EQ(d.sent(), "MAIL FROM:<shop@x.example>\n");
}

TEST(session_lock_step, helo_when_ehlo_is_unknown) {
  dialogue d;
  d.says("220 old");
  d.sent();
  d.says("502 what");
  EXPECT_EQ(d.sent(), "HELO localhost\n");
  d.says("250 old PIPELINING");
  const auto a = d.give("a@y.example");
  for (const auto* reply : {"250 Ok", "250 Ok", "354 go", "250 Ok"}) {
    d.sent();
    d.says(reply);
  }
  EXPECT_EQ(d.verdict_of(a), "accepted");
}

TEST(session_lock_step, refused_commands_and_reset) {
  dialogue d;
  d.greet_lock_step();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto c = d.give("c@y.example");
  d.sent();
  d.says("250 Ok");
  d.sent();
  d.says("550 5.1.1 nobody");
  EXPECT_EQ(d.verdict_of(a), "rejected");
  EXPECT_EQ(d.sent(), "RSET\n");
  d.says("250 Ok");
  EXPECT_EQ(d.sent(), "MAIL FROM:<shop@x.example>\n");
  d.says("550 5.7.1 not you");
  EXPECT_EQ(d.verdict_of(b), "deferred");
  EXPECT_EQ(d.sent(), "RSET\n");
  d.says("250 Ok");
  d.sent();
  d.says("421 4.3.2 bye");
  EXPECT_EQ(d.verdict_of(c), "deferred");
  EXPECT_EQ(d.fate(c)->code, 421);
  EXPECT_EQ(d.ended(), end_reason::going_away);
}

TEST(session_window, holds_sixteen_and_no_more_than_a_connection_may) {
  session_options options;
  options.mails_max = 18;
  dialogue d{options};
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.greet();
  EXPECT_EQ(d.session.room(d.now), limits::mails_ahead_max);
  for (size_t i = 0; i < 16; ++i) d.give("a@y.example");
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  for (int i = 0; i < 15; ++i) {
    d.sent();
    d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
    EXPECT_EQ(d.session.room(d.now), std::min<size_t>(2, i + 1U));
  }
  d.sent();
  d.says("250 Ok");
  d.give("a@y.example");
  d.give("a@y.example");
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok");
  EXPECT_EQ(d.sent(), "QUIT\n");
  d.says("221 bye");
  EXPECT_EQ(d.ended(), end_reason::quit);
}

TEST(session_window, an_old_connection_takes_no_more_and_quits) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  d.sent();
  d.now += 301s;
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.sent(), "QUIT\n");
}

TEST(session_window, stop_finishes_what_is_under_way) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto c = d.give("c@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.session.stop(d.now);
  EXPECT_EQ(d.verdict_of(c), "deferred");
  d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), plain_sent);
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.verdict_of(b), "accepted");
  EXPECT_EQ(d.sent(), "QUIT\n");
  d.session.lost("eof", d.now);
  EXPECT_EQ(d.ended(), end_reason::quit);
}

TEST(session_intent, content_waits_until_it_is_durable) {
  dialogue d;
  d.greet();
  const auto a = d.give_not_durable("a@y.example");
  EXPECT_EQ(d.sent(), envelope("a@y.example"));  // an envelope commits to nothing
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), "");
  EXPECT_TRUE(d.asked.empty());
  d.session.durable({a}, d.now);
  EXPECT_EQ(d.sent(), plain_sent);
  EXPECT_EQ(d.asked, std::vector{a});
}

TEST(session_intent, each_mail_needs_its_own) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give_not_durable("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), plain_sent + envelope("b@y.example"));
  d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.sent(), "");
  d.pass(60s);
  EXPECT_EQ(d.ended(), end_reason::timed_out);
  EXPECT_EQ(d.verdict_of(b), "deferred");
}

TEST(session_large, content_is_cut_and_the_dot_is_the_last_write_alone) {
  session_options options;
  options.content_piece_bytes = 10;
  dialogue d{options};
  d.greet();
  const auto a = d.give("a@y.example", "0123456789012345\r\n");
  d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.write_once(), "0123456789");
  EXPECT_EQ(d.write_once(), "012345\r\n");
  EXPECT_EQ(d.asked, (std::vector{a, a}));  // asked again before the dot
  const auto last = d.write_once();
  EXPECT_TRUE(last.starts_with(".\r\nMAIL FROM:<shop@x.example>\r\nRCPT TO:<b@y.example>")) << last;
  d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.verdict_of(a), "accepted");
}

}  // namespace
}  // namespace cartwheel::smtp
