// Connections that break, servers that lie, recalls at each point, timeouts.

#include "transport/smtp/client_session.hpp"

#include "tests/transport/smtp/dialogue.hpp"

#include <gtest/gtest.h>

namespace cartwheel::smtp {
namespace {

using test::dialogue;
using test::envelope;
using test::plain_sent;
using namespace std::chrono_literals;

/// `a` has its final dot sent, `b` its envelope, `c` waits.
struct mid_flight : dialogue {
  mid_flight() {
    greet();
    a = give("a@y.example");
    b = give("b@y.example");
    c = give("c@y.example");
    sent();
    says("250 Ok\n250 Ok\n354 go");
    sent();
  }
  std::string verdicts() { return verdict_of(a) + ' ' + verdict_of(b) + ' ' + verdict_of(c); }
  mail_id a{}, b{}, c{};
};

TEST(session_cut, end_of_file_after_the_terminator_is_in_doubt) {
  mid_flight d;
  d.session.lost("closed by the relay", d.now);
  EXPECT_EQ(d.verdicts(), "in_doubt deferred deferred");
  EXPECT_EQ(d.fate(d.a)->stage, stage::content);
  EXPECT_EQ(d.fate(d.a)->code, 0);
  EXPECT_EQ(d.fate(d.b)->stage, stage::mail);
  EXPECT_EQ(d.ended(), end_reason::lost);
  EXPECT_FALSE(d.session.end().flight_cut);
}

TEST(session_cut, a_reply_that_came_is_believed) {
  mid_flight d;
  d.says("250 2.0.0 queued\n250 Ok");
  EXPECT_EQ(d.verdict_of(d.a), "open");  // the flight has not lined up yet
  d.session.lost("closed by the relay", d.now);
  EXPECT_EQ(d.verdicts(), "accepted deferred deferred");
  EXPECT_TRUE(d.session.end().flight_cut);
}

TEST(session_cut, who_refuses_to_reset_hangs_up) {
  const auto ended_by = [](std::string_view reply, stage at) {
    mid_flight d;
    d.says("250 2.0.0 queued\n250 Ok\n550 5.1.1 nobody\n503 need RCPT");
    EXPECT_EQ(d.sent(), "RSET\n" + envelope("c@y.example"));
    d.says(std::string{reply});
    EXPECT_EQ(d.verdicts(), "accepted rejected deferred");
    EXPECT_EQ(d.fate(d.c)->stage, at);
    return d.ended();
  };
  // A goodbye has not looked at the mail behind it: no try.
  EXPECT_EQ(ended_by("554 Too many nonmail commands", stage::connect), end_reason::going_away) << "Exim's way";
  EXPECT_EQ(ended_by("454 4.7.0 later", stage::connect), end_reason::going_away);
  EXPECT_EQ(ended_by("421 4.7.0 Error: too many errors", stage::connect), end_reason::going_away);
  for (const auto* lost_count : {"500 5.5.2 what?", "502 5.5.1 not here", "503 5.5.1 no", "354 go"})
    EXPECT_EQ(ended_by(lost_count, stage::mail), end_reason::out_of_step) << lost_count;
}

TEST(session_cut, half_a_reply_is_none) {
  mid_flight d;
  d.session.receive("250 2.0.0 queued", d.now);
  d.session.lost("closed by the relay", d.now);
  EXPECT_EQ(d.verdicts(), "in_doubt deferred deferred");
}

TEST(session_cut, content_without_its_dot_was_not_sent) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  const auto bytes = std::string_view{test::plain_content}.size();
  EXPECT_EQ(d.write_once(bytes), test::plain_content);
  d.session.lost("reset", d.now);
  EXPECT_EQ(d.verdict_of(a), "deferred");
  EXPECT_EQ(d.fate(a)->stage, stage::content);
}

TEST(session_cut, a_dot_without_its_line_end_is_in_doubt) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once(std::string_view{test::plain_content}.size() + 1);
  d.session.lost("reset", d.now);
  EXPECT_EQ(d.verdict_of(a), "in_doubt");
}

TEST(session_cut, end_of_file_at_each_stage) {
  const std::string_view steps[] = {"220 sink", "250-sink\n250 PIPELINING", "250 Ok", "250 Ok", "354 go"};
  for (size_t after = 0; after <= 5; ++after) {
    dialogue d;
    mail_id a{};
    for (size_t i = 0; i < after; ++i) {
      d.says(steps[i]);
      if (i == 1) a = d.give("a@y.example");
      d.sent();
    }
    d.session.lost("eof", d.now);
    EXPECT_EQ(d.ended(), end_reason::lost);
    EXPECT_EQ(d.session.end().was_ready, after >= 2);
    if (after >= 2) {
      EXPECT_EQ(d.verdict_of(a), after == 5 ? "in_doubt" : "deferred") << after;
    }
  }
}

TEST(session_421, answers_the_oldest_command_and_nothing_younger) {
  mid_flight at_dot;
  at_dot.says("421 4.3.2 shutting down");
  EXPECT_EQ(at_dot.verdicts(), "deferred deferred deferred");
  EXPECT_EQ(at_dot.fate(at_dot.a)->code, 421);
  EXPECT_EQ(at_dot.fate(at_dot.b)->code, 0);
  EXPECT_EQ(at_dot.fate(at_dot.b)->stage, stage::connect) << "the relay has not looked at it";
  EXPECT_EQ(at_dot.ended(), end_reason::going_away);

  mid_flight at_mail;
  at_mail.says("250 queued\n421 4.3.2 shutting down");
  EXPECT_EQ(at_mail.verdicts(), "accepted deferred deferred");
  EXPECT_EQ(at_mail.fate(at_mail.b)->code, 421);
  EXPECT_EQ(at_mail.fate(at_mail.b)->stage, stage::mail);

  mid_flight at_rcpt;
  at_rcpt.says("250 queued\n250 Ok\n421 4.7.0 too many errors");
  EXPECT_EQ(at_rcpt.verdicts(), "accepted deferred deferred");
  EXPECT_EQ(at_rcpt.fate(at_rcpt.b)->stage, stage::rcpt);

  mid_flight after_refusal;
  after_refusal.says("250 queued\n250 Ok\n550 5.1.1 nobody\n421 4.7.0 too many errors");
  EXPECT_EQ(after_refusal.verdicts(), "accepted rejected deferred");
}

TEST(session_421, unasked_while_idle_touches_no_mail) {
  dialogue d;
  d.greet();
  d.says("421 4.4.2 idle too long");
  EXPECT_EQ(d.ended(), end_reason::going_away);
}

TEST(session_421, as_a_greeting) {
  dialogue d;
  d.says("421 4.3.2 too busy");
  EXPECT_EQ(d.ended(), end_reason::refused);
  dialogue e;
  e.says("554 5.7.1 not you");
  EXPECT_EQ(e.ended(), end_reason::refused);
  dialogue f;
  f.says("220 sink");
  f.sent();
  f.says("451 later");
  EXPECT_EQ(f.ended(), end_reason::refused);
}

struct lying {
  const char* name;
  const char* replies;  // to the dot of a and the envelope of b
  const char* verdicts;
};

TEST(session_liar, replies_that_do_not_line_up_void_the_flight) {
  const lying cases[] = {
    {"the dot is answered last", "250 Ok\n250 Ok\n354 go\n250 queued", "in_doubt deferred deferred"},
    {"MAIL is swallowed", "250 queued\n503 need MAIL\n503 need RCPT", "in_doubt deferred deferred"},
    {"MAIL is not known", "250 queued\n502 what", "in_doubt deferred deferred"},
    {"RCPT is not known", "250 queued\n250 Ok\n500 what", "in_doubt deferred deferred"},
    {"RCPT is good though MAIL failed", "250 queued\n550 5.7.1 no\n250 Ok", "in_doubt deferred deferred"},
    {"250 to DATA", "250 queued\n250 Ok\n250 Ok\n250 Ok", "in_doubt deferred deferred"},
    {"354 to the dot", "354 go", "in_doubt deferred deferred"},
    {"354 to MAIL", "250 queued\n354 go", "in_doubt deferred deferred"},
    {"another 3yz to DATA", "250 queued\n250 Ok\n250 Ok\n334 go", "in_doubt deferred deferred"},
    {"503 to the dot", "503 what", "in_doubt deferred deferred"},
    {"not SMTP at all", "250 queued\nhello", "in_doubt deferred deferred"},
    {"a rejection is void too", "554 5.7.1 spam\n354 go", "in_doubt deferred deferred"},
    {"so is a refused recipient", "250 queued\n250 Ok\n550 5.1.1 nobody\n250 Ok", "in_doubt deferred deferred"},
  };
  for (const auto& c : cases) {
    mid_flight d;
    d.says(c.replies);
    EXPECT_EQ(d.verdicts(), c.verdicts) << c.name;
    EXPECT_EQ(d.ended(), end_reason::out_of_step) << c.name;
    EXPECT_TRUE(d.session.end().pipelining);
    EXPECT_EQ(d.sent(), "") << c.name;
  }
}

TEST(session_liar, one_reply_too_many) {
  mid_flight together;
  together.says("250 queued\n250 Ok\n250 Ok\n354 go\n250 again");
  EXPECT_EQ(together.ended(), end_reason::out_of_step);
  EXPECT_EQ(together.verdicts(), "in_doubt deferred deferred");

  mid_flight later;  // nothing of the next flight is written yet
  later.says("250 queued\n250 Ok\n250 Ok\n354 go");
  later.says("250 again");
  EXPECT_EQ(later.ended(), end_reason::out_of_step);
  EXPECT_EQ(later.verdicts(), "accepted deferred deferred");
}

TEST(session_421, behind_a_flight_that_lined_up) {
  mid_flight d;
  d.says("250 queued\n250 Ok\n250 Ok\n354 go\n421 4.3.2 shutting down");
  EXPECT_EQ(d.ended(), end_reason::going_away);
  EXPECT_EQ(d.verdicts(), "accepted deferred deferred");
}

TEST(session_liar, a_reply_to_nothing) {
  dialogue d;
  d.greet();
  d.says("250 hello?");
  EXPECT_EQ(d.ended(), end_reason::out_of_step);
}

TEST(session_liar, in_lock_step_nothing_is_said_about_pipelining) {
  dialogue d;
  d.greet_lock_step();
  const auto a = d.give("a@y.example");
  d.sent();
  d.says("503 what");
  EXPECT_EQ(d.ended(), end_reason::out_of_step);
  EXPECT_FALSE(d.session.end().pipelining);
  EXPECT_EQ(d.verdict_of(a), "deferred");
}

TEST(session_early, content_refused_half_way_is_believed) {
  session_options options;
  options.content_piece_bytes = 10;
  dialogue d{options};
  d.greet();
  const auto a = d.give("a@y.example", "0123456789012345\r\n");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once();
  d.says("552 5.3.4 too big");
  EXPECT_EQ(d.verdict_of(a), "rejected");
  EXPECT_EQ(d.verdict_of(b), "deferred");
  EXPECT_TRUE(d.closed());
  EXPECT_EQ(d.sent(), "");
}

TEST(session_early, content_accepted_half_way_is_in_doubt) {
  session_options options;
  options.content_piece_bytes = 10;
  dialogue d{options};
  d.greet();
  const auto a = d.give("a@y.example", "0123456789012345\r\n");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once();
  d.says("250 thanks");
  EXPECT_EQ(d.verdict_of(a), "in_doubt");
  EXPECT_EQ(d.ended(), end_reason::out_of_step);
}

TEST(session_recall, in_the_queue) {
  mid_flight d;
  EXPECT_EQ(d.session.recall(d.c, d.now), recall_point::queue);
  EXPECT_EQ(d.verdict_of(d.c), "recalled");
  EXPECT_FALSE(d.session.recall(d.c, d.now));
  d.says("250 Ok\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), plain_sent);
  d.says("250 Ok");
  EXPECT_EQ(d.verdicts(), "accepted accepted recalled");
  EXPECT_FALSE(d.closed());
}

TEST(session_recall, in_the_envelope_closes_when_the_mail_before_has_its_answer) {
  mid_flight d;
  EXPECT_EQ(d.session.recall(d.b, d.now), recall_point::envelope);
  EXPECT_EQ(d.verdict_of(d.b), "recalled");
  EXPECT_FALSE(d.closed());  // it would put a in doubt
  d.says("250 queued\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), "");
  EXPECT_TRUE(d.closed());
  EXPECT_EQ(d.ended(), end_reason::recalled);
  EXPECT_EQ(d.verdicts(), "accepted recalled deferred");
}

TEST(session_recall, in_the_envelope_costs_nothing_when_the_recipient_is_refused) {
  mid_flight d;
  EXPECT_EQ(d.session.recall(d.b, d.now), recall_point::envelope);
  d.says("250 queued\n250 Ok\n550 5.1.1 nobody\n503 need RCPT");
  EXPECT_EQ(d.sent(), "RSET\n" + envelope("c@y.example"));
  EXPECT_EQ(d.verdicts(), "accepted recalled open");
}

TEST(session_recall, behind_354_while_the_intent_is_being_written) {
  dialogue d;
  d.greet();
  const auto a = d.give_not_durable("a@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.session.recall(a, d.now), recall_point::envelope);
  EXPECT_TRUE(d.closed());
  EXPECT_EQ(d.verdict_of(a), "recalled");
  d.session.durable({a}, d.now);
  EXPECT_EQ(d.sent(), "");
}

TEST(session_recall, lock_step_resets_before_data) {
  dialogue d;
  d.greet_lock_step();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok");
  d.sent();
  EXPECT_EQ(d.session.recall(a, d.now), recall_point::envelope);
  d.says("250 Ok");
  EXPECT_EQ(d.sent(), "RSET\n");
  d.says("250 Ok");
  EXPECT_EQ(d.sent(), "MAIL FROM:<shop@x.example>\n");
  EXPECT_EQ(d.verdict_of(a), "recalled");
  EXPECT_EQ(d.verdict_of(b), "open");
}

TEST(session_recall, in_the_content_before_the_dot) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once(std::string_view{test::plain_content}.size());  // a blocked socket: everything but the dot
  EXPECT_EQ(d.session.recall(a, d.now), recall_point::content);
  EXPECT_TRUE(d.closed());
  EXPECT_EQ(d.sent(), "");
  EXPECT_EQ(d.verdict_of(a), "recalled");
  EXPECT_EQ(d.fate(a)->stage, stage::content);
  EXPECT_EQ(d.verdict_of(b), "deferred");
}

TEST(session_recall, too_late_from_the_dot_on) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once(std::string_view{test::plain_content}.size() + 1);
  EXPECT_EQ(d.session.recall(a, d.now), recall_point::too_late);
  d.sent();
  d.says("250 Ok");
  EXPECT_EQ(d.verdict_of(a), "accepted");
  EXPECT_FALSE(d.session.recall(a, d.now));
}

TEST(session_recall, the_gate_stops_content) {
  mid_flight d;
  d.barred.insert(d.b);
  d.says("250 queued\n250 Ok\n250 Ok\n354 go");
  EXPECT_EQ(d.sent(), "");
  EXPECT_EQ(d.verdicts(), "accepted recalled deferred");
  EXPECT_EQ(d.ended(), end_reason::recalled);
}

TEST(session_recall, the_gate_stops_the_dot_of_a_large_mail) {
  session_options options;
  options.content_piece_bytes = 10;
  dialogue d{options};
  d.greet();
  const auto a = d.give("a@y.example", "0123456789012345\r\n");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once();
  d.barred.insert(a);
  d.write_once();
  EXPECT_EQ(d.write_once(), "");
  EXPECT_EQ(d.verdict_of(a), "recalled");
  EXPECT_TRUE(d.closed());
}

TEST(session_recall, from_within_the_gate) {
  for (const bool yes : {true, false}) {
    mid_flight d;
    d.at_gate = [&](mail_id id) {
      EXPECT_EQ(d.session.recall(id, d.now), recall_point::envelope);
      EXPECT_EQ(d.session.recall(d.c, d.now), recall_point::queue);
    };
    if (!yes) d.barred.insert(d.b);
    d.says("250 queued\n250 Ok\n250 Ok\n354 go");
    EXPECT_EQ(d.sent(), "");
    EXPECT_EQ(d.verdicts(), "accepted recalled recalled");
    EXPECT_TRUE(d.closed());
  }
}

TEST(session_recall, from_within_the_gate_before_the_dot_of_a_large_mail) {
  session_options options;
  options.content_piece_bytes = 10;
  dialogue d{options};
  d.greet();
  const auto a = d.give("a@y.example", "0123456789012345\r\n");
  const auto b = d.give("b@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.write_once();
  d.at_gate = [&](mail_id id) { EXPECT_EQ(d.session.recall(id, d.now), recall_point::content); };
  d.write_once();
  EXPECT_EQ(d.write_once(), "");
  EXPECT_EQ(d.verdict_of(a), "recalled");
  EXPECT_EQ(d.verdict_of(b), "deferred");
  EXPECT_EQ(d.ended(), end_reason::recalled);
}

TEST(session_timeout, each_wait_has_its_own) {
  dialogue greeting;
  greeting.pass(30s - 1ms);
  EXPECT_FALSE(greeting.closed());
  greeting.pass(1ms);
  EXPECT_EQ(greeting.ended(), end_reason::timed_out);

  dialogue ehlo;
  ehlo.says("220 sink");
  ehlo.sent();
  ehlo.pass(30s);
  EXPECT_EQ(ehlo.ended(), end_reason::timed_out);

  mid_flight dot;
  dot.pass(599s);
  EXPECT_FALSE(dot.closed());
  dot.pass(1s);
  EXPECT_EQ(dot.ended(), end_reason::timed_out);
  EXPECT_EQ(dot.verdicts(), "in_doubt deferred deferred");
  EXPECT_FALSE(dot.session.end().flight_cut);

  mid_flight command;
  command.pass(500s);
  command.says("250 queued");
  command.pass(29s);
  EXPECT_FALSE(command.closed());
  command.pass(1s);
  EXPECT_EQ(command.verdicts(), "accepted deferred deferred");
  EXPECT_EQ(command.ended(), end_reason::timed_out);
  EXPECT_TRUE(command.session.end().flight_cut);
}

TEST(session_timeout, a_relay_that_takes_no_bytes) {
  dialogue d;
  d.greet();
  const auto a = d.give("a@y.example");
  d.sent();
  d.says("250 Ok\n250 Ok\n354 go");
  d.pass(59s);
  EXPECT_EQ(d.write_once(5).size(), 5U);
  d.pass(59s);
  EXPECT_FALSE(d.closed());
  d.pass(1s);
  EXPECT_EQ(d.ended(), end_reason::timed_out);
  EXPECT_EQ(d.verdict_of(a), "deferred");
}

TEST(session_timeout, idle_connections_quit) {
  dialogue d;
  d.greet();
  d.pass(14s);
  EXPECT_EQ(d.sent(), "");
  d.pass(1s);
  EXPECT_EQ(d.sent(), "QUIT\n");
  EXPECT_EQ(d.session.state(), session_state::quitting);
  d.pass(5s);
  EXPECT_EQ(d.ended(), end_reason::quit);
}

TEST(session_timeout, a_mail_after_a_long_idle_time_has_its_full_time) {
  dialogue d;
  d.greet();
  d.now += 14s;
  d.give("a@y.example");
  d.pass(50s);
  EXPECT_FALSE(d.closed());
}

TEST(session_after_the_end, everything_is_harmless) {
  mid_flight d;
  d.session.lost("eof", d.now);
  d.says("250 Ok");
  d.session.lost("again", d.now);
  d.session.stop(d.now);
  d.session.durable({d.c}, d.now);
  d.pass(1000s);
  EXPECT_FALSE(d.session.recall(d.a, d.now));
  EXPECT_FALSE(d.session.deadline());
  EXPECT_EQ(d.session.room(d.now), 0U);
  const auto late = d.give("late@y.example");
  EXPECT_EQ(d.verdict_of(late), "deferred");
  EXPECT_EQ(d.sent(), "");
}

TEST(session_pieces, the_same_whatever_way_replies_are_cut) {
  const std::string replies[] = {
    "220-sink\r\n220 ready\r\n",
    "250-sink\r\n250-PIPELINING\r\n250 \r\n",
    "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n",
    "250 2.0.0 queued\r\n250 Ok\n550-5.1.1 first\r\n550 5.1.1 last\r\n503 need RCPT\r\n",
    "250\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n",
    "451 4.3.0 later\r\n",
  };
  const auto run = [&](const std::function<std::vector<std::string_view>(const std::string&)>& cut) {
    dialogue d;
    std::string all;
    std::vector<mail_id> ids;
    for (size_t i = 0; i < std::size(replies); ++i) {
      for (const auto piece : cut(replies[i])) {
        d.session.receive(piece, d.now);
        const bool last = piece.data() + piece.size() == replies[i].data() + replies[i].size();
        EXPECT_TRUE(last || d.sent().empty());
      }
      if (i == 1)
        for (const auto* to : {"a@y.example", "b@y.example", "c@y.example"}) ids.push_back(d.give(to));
      all += d.sent() + '|';
    }
    for (const auto id : ids) {
      const auto f = d.fate(id);
      all += d.verdict_of(id) + ' ' + (f ? std::to_string(f->code) + f->enhanced + f->text : "") + '|';
    }
    return all;
  };
  const auto whole = run([](const std::string& r) { return std::vector<std::string_view>{r}; });
  EXPECT_NE(whole.find("accepted 2502.0.0queued|rejected 5505.1.1last|deferred 4514.3.0later|"), std::string::npos)
    << whole;
  EXPECT_EQ(run([](const std::string& r) {
              std::vector<std::string_view> pieces;
              for (const char& c : r) pieces.emplace_back(&c, 1);
              return pieces;
            }),
            whole);
  for (size_t at = 1; at < 90; ++at)
    EXPECT_EQ(run([at](const std::string& r) {
                const std::string_view v = r;
                if (at >= v.size()) return std::vector{v};
                return std::vector{v.substr(0, at), v.substr(at)};
              }),
              whole)
      << at;
}

}  // namespace
}  // namespace cartwheel::smtp
