#include "tests/transport/smtp/dialogue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel::smtp {
namespace {

using test::dialogue;
using test::plain_content;

constexpr const char* chunking_server = "250-sink\n250-PIPELINING\n250 CHUNKING";

session_options in_chunks(chunking_mode mode, size_t window = 8) {
  session_options o;
  o.chunking = mode;
  o.window = window;
  return o;
}

std::string group(const std::string& recipient, std::string content = plain_content) {
  const auto octets = content.size();
  std::erase(content, '\r');
  return "MAIL FROM:<shop@x.example>\nRCPT TO:<" + recipient + ">\nBDAT " + std::to_string(octets) + " LAST\n" +
         content;
}

TEST(session_mode_b, single_is_one_group_at_a_time) {
  dialogue d{in_chunks(chunking_mode::single)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  d.give("b@y.example");
  EXPECT_EQ(d.sent(), group("a@y.example"));
  d.says("250 Ok\n250 Ok\n250 2.0.0 queued");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.sent(), group("b@y.example")) << "no RSET behind a mail that was taken";
  d.says("250 Ok\n550 5.1.1 who\n503 5.5.1 no recipient");
  d.give("c@y.example");
  EXPECT_EQ(d.sent(), "RSET\n" + group("c@y.example"));
}

TEST(session_mode_b, window_is_sent_before_any_reply) {
  dialogue d{in_chunks(chunking_mode::window, 3)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto c = d.give("c@y.example");
  d.give("d@y.example");
  EXPECT_EQ(d.sent(), group("a@y.example") + "RSET\n" + group("b@y.example") + "RSET\n" + group("c@y.example"));
  d.says("250 Ok\n250 Ok\n250 2.0.0 a\n250 Ok\n250 Ok");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.fate(a)->text, "a");
  EXPECT_EQ(d.sent(), "RSET\n" + group("d@y.example")) << "one answered makes room for one";
  d.says("550 5.1.1 who\n503 5.5.1 no recipient\n250 Ok\n250 Ok\n250 Ok\n250 2.0.0 c");
  EXPECT_EQ(d.verdict_of(b), "rejected");
  EXPECT_EQ(d.fate(b)->stage, stage::rcpt);
  EXPECT_EQ(d.fate(b)->about, subject::recipient);
  EXPECT_EQ(d.verdict_of(c), "accepted");
  EXPECT_EQ(d.fate(c)->text, "c");
}

TEST(session_mode_b, waits_for_intents) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  const auto a = d.give_not_durable("a@y.example");
  EXPECT_EQ(d.sent(), "");
  d.session.durable({a}, d.now);
  EXPECT_EQ(d.sent(), group("a@y.example"));
}

TEST(session_mode_b, needs_both_extensions) {
  for (const auto* ehlo : {"250-sink\n250 CHUNKING", "250-sink\n250 PIPELINING"}) {
    dialogue d{in_chunks(chunking_mode::window)};
    d.greet(ehlo);
    d.give("a@y.example");
    EXPECT_EQ(d.sent().find("BDAT"), std::string::npos) << ehlo;
  }
}

TEST(session_mode_b, dots_are_not_stuffed_and_the_last_line_is_ended) {
  dialogue d{in_chunks(chunking_mode::single)};
  d.greet(chunking_server);
  d.give("a@y.example", "Subject: x\r\n\r\n.\r\n..b");
  EXPECT_EQ(d.sent(), group("a@y.example", "Subject: x\r\n\r\n.\r\n..b\r\n"));
}

TEST(session_mode_b, what_was_written_to_its_last_octet_is_in_doubt_the_rest_is_not) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto all = d.session.output()[0].size() + d.session.output()[1].size();
  d.write_once(all - 1);
  d.session.lost("reset", d.now);
  EXPECT_EQ(d.verdict_of(a), "in_doubt");
  EXPECT_EQ(d.verdict_of(b), "deferred");
}

TEST(session_mode_b, a_refusal_that_came_is_believed_when_the_connection_breaks) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n550 5.1.1 who");
  d.session.lost("reset", d.now);
  EXPECT_EQ(d.verdict_of(a), "rejected");
  EXPECT_EQ(d.verdict_of(b), "in_doubt");
}

TEST(session_mode_b, going_away_answers_the_oldest_alone) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n421 4.3.2 shutting down");
  EXPECT_EQ(d.verdict_of(a), "deferred");
  EXPECT_EQ(d.verdict_of(b), "in_doubt");
  EXPECT_EQ(d.session.end().reason, end_reason::going_away);
}

TEST(session_mode_b, accepted_without_a_recipient_is_out_of_step_and_voids_what_came_along) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n250 Ok\n250 Ok\n250 Ok\n550 5.1.1 who\n250 Ok");
  EXPECT_EQ(d.session.end().reason, end_reason::out_of_step);
  EXPECT_TRUE(d.session.end().chunking);
  EXPECT_EQ(d.verdict_of(a), "in_doubt");
  EXPECT_EQ(d.verdict_of(b), "in_doubt");
}

TEST(session_mode_b, content_that_is_read_as_commands_is_noticed) {  // emersion/go-smtp #315
  dialogue d{in_chunks(chunking_mode::single)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n554 5.6.0 no\n500 5.5.2 Subject: x\n500 5.5.2 hello");
  EXPECT_EQ(d.session.end().reason, end_reason::out_of_step);
  EXPECT_NE(d.verdict_of(a), "accepted");
}

TEST(session_mode_b, recalls_in_the_queue_cost_nothing) {
  dialogue d{in_chunks(chunking_mode::window, 1)};
  d.greet(chunking_server);
  d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  EXPECT_EQ(d.session.recall(b, d.now), recall_point::queue);
  EXPECT_EQ(d.verdict_of(b), "recalled");
  EXPECT_EQ(d.session.state(), session_state::busy);
}

TEST(session_mode_b, the_gate_skips_a_mail_and_keeps_the_connection) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  d.barred.insert(mail_id{1});
  const auto a = d.give("a@y.example");
  d.give("b@y.example");
  EXPECT_EQ(d.verdict_of(a), "recalled");
  EXPECT_EQ(d.sent(), group("b@y.example"));
}

TEST(session_mode_b, a_lone_mail_is_recalled_before_its_last_octet_by_closing) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  d.write_once(60);
  EXPECT_EQ(d.session.recall(a, d.now), recall_point::content);
  EXPECT_EQ(d.verdict_of(a), "recalled");
  EXPECT_EQ(d.session.end().reason, end_reason::recalled);
}

TEST(session_mode_b, a_mail_of_a_window_comes_too_late) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet(chunking_server);
  d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.write_once(60);
  EXPECT_EQ(d.session.recall(b, d.now), recall_point::too_late);
  d.sent();
  d.says("250 Ok\n250 Ok\n250 a\n250 Ok\n250 Ok\n250 Ok\n250 b");
  EXPECT_EQ(d.verdict_of(b), "accepted");
}

TEST(session_mode_b, window_is_bounded_in_bytes) {
  dialogue d{in_chunks(chunking_mode::window, 16)};
  d.greet(chunking_server);
  const auto large = std::string(100 * 1024, 'x') + "\r\n";
  for (int i = 0; i < 8; ++i) d.give("a@y.example", large);
  const auto sent = d.sent();
  EXPECT_GE(sent.size(), limits::window_bytes_max);
  EXPECT_LT(sent.size(), limits::window_bytes_max + 2 * large.size());
}

TEST(session_mode_b, a_window_is_one_round_trip) {
  dialogue d{in_chunks(chunking_mode::window, 4)};
  d.greet(chunking_server);
  for (int i = 0; i < 4; ++i) d.give("a@y.example");
  d.sent();
  for (int i = 0; i < 4; ++i) d.says(i == 0 ? "250 Ok\n250 Ok\n250 a" : "250 Ok\n250 Ok\n250 Ok\n250 a");
  EXPECT_EQ(d.session.round_trips(), 1u);
}

TEST(session_mode_b, stops_behind_what_is_under_way) {
  dialogue d{in_chunks(chunking_mode::window, 2)};
  d.greet(chunking_server);
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  const auto c = d.give("c@y.example");
  d.sent();
  d.session.stop(d.now);
  EXPECT_EQ(d.verdict_of(c), "deferred");
  d.says("250 Ok\n250 Ok\n250 a");
  EXPECT_EQ(d.sent(), "");
  d.says("250 Ok\n250 Ok\n250 Ok\n250 b");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_EQ(d.verdict_of(b), "accepted");
  EXPECT_EQ(d.sent(), "QUIT\n");
}

TEST(session_mode_a, a_relay_that_says_how_many_it_takes_is_left_behind_them) {
  dialogue d;
  d.greet("250-sink\n250-PIPELINING\n250 LIMITS MAILMAX=2");
  EXPECT_EQ(d.session.room(d.now), 2U);
  d.give("a@y.example");
  d.give("b@y.example");
  EXPECT_EQ(d.session.room(d.now), 0U);
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 a\n250 Ok\n250 Ok\n354 go");
  d.sent();
  d.says("250 b");
  EXPECT_EQ(d.sent(), "QUIT\n");
}

TEST(session_mode_b, announced_parameters_that_are_refused_are_left_out) {
  dialogue d{in_chunks(chunking_mode::window)};
  d.greet("250-sink\n250-PIPELINING\n250-DSN\n250 CHUNKING");
  const auto a = d.give("a@y.example");
  EXPECT_NE(d.sent().find("NOTIFY=FAILURE ORCPT=rfc822;a@y.example"), std::string::npos);
  d.says("250 Ok\n555 5.5.4 what NOTIFY\n503 5.5.1 no recipient");
  EXPECT_EQ(d.sent(), "RSET\n" + group("a@y.example"));
  d.says("250 Ok\n250 Ok\n250 Ok\n250 Ok");
  EXPECT_EQ(d.verdict_of(a), "accepted");
}

}  // namespace
}  // namespace cartwheel::smtp
