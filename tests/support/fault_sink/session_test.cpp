#include "tests/support/fault_sink/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cartwheel::fault_sink {
namespace {

/// A session that was greeted and has said EHLO.
struct sink_session : ::testing::Test {
  void begin(options o = {}) {
    all.emplace(std::move(o));
    one.emplace(*all, 1);
    one->connected();
    say("EHLO me\r\n");
  }

  /// Gives the bytes, `cut` at a time, and takes the replies that come.
  std::string say(std::string_view bytes, size_t cut = 1000) {
    while (!bytes.empty()) {
      const auto piece = bytes.substr(0, cut);
      std::copy(piece.begin(), piece.end(), one->space(piece.size()).begin());
      one->received(piece.size());
      bytes.remove_prefix(piece.size());
    }
    return std::exchange(one->output(), {});
  }

  /// The codes of replies, of their last lines.
  static std::string codes(std::string_view replies) {
    std::string found;
    while (!replies.empty()) {
      const auto line = replies.substr(0, replies.find('\n') + 1);
      if (line[3] == ' ') found += (found.empty() ? "" : " ") + std::string{line.substr(0, 3)};
      replies.remove_prefix(line.size());
    }
    return found;
  }

  uint64_t violations() const { return all->log.count.violations; }
  uint64_t kept() const { return all->log.count.kept; }

  std::optional<house> all;
  std::optional<session> one;
};

TEST_F(sink_session, a_flight_and_the_next_envelope_cut_anywhere) {
  for (const size_t cut : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    begin();
    EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", cut)), "250 250 354");
    EXPECT_EQ(codes(say("A: b\r\n\r\n..\r\n..x\r\n.\r\nMAIL FROM:<a@x>\r\nRCPT TO:<c@y>\r\nDATA\r\n", cut)),
              "250 250 250 354");
    EXPECT_EQ(codes(say("A: b\r\n.\r\nQUIT\r\n", cut)), "250 221");
    EXPECT_EQ(one->end(), ending::fin);
    EXPECT_EQ(kept(), 2U);
    EXPECT_EQ(violations(), 0U);
  }
}

TEST_F(sink_session, the_script_stands_in_the_recipient) {
  begin();
  EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b+rcpt-550-5.1.1@y>\r\nDATA\r\n")), "250 550 554");
  EXPECT_EQ(codes(say("RSET\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b+data-354.rcpt-550@y>\r\nDATA\r\n")), "250 250 550 354");
  EXPECT_EQ(codes(say(".\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b+dot-drop@y>\r\nDATA\r\n")), "554 250 250 354");
  EXPECT_EQ(codes(say("A: b\r\n.\r\n")), "");
  EXPECT_EQ(one->end(), ending::fin);
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(violations(), 0U);
}

TEST_F(sink_session, a_reply_that_waits_keeps_its_place) {
  begin();
  EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b+rcpt-wait-50@y>\r\nDATA\r\n")), "250");
  EXPECT_EQ(one->pause().count(), 50);
  one->resumed();
  EXPECT_EQ(codes(std::exchange(one->output(), {})), "250 354");
}

TEST_F(sink_session, content_before_a_354_that_waits) {
  begin();
  say("MAIL FROM:<a@x>\r\nRCPT TO:<b+data-wait-50@y>\r\nDATA\r\n");
  say("A: b\r\n.\r\n");
  one->resumed();
  EXPECT_EQ(violations(), 1U);
}

TEST_F(sink_session, chunks) {
  begin();
  EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 6\r\nA: b\r\nBDAT 5 LAST\r\n\r\n.\r\nRSET\r\n", 4)),
            "250 250 250 250 250");
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b+bdat-554@y>\r\nBDAT 6 LAST\r\nA: b\r\nRSET\r\n")),
            "250 250 554 250");
  EXPECT_EQ(violations(), 0U);
  EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b+dot-554@y>\r\nBDAT 6 LAST\r\nA: b\r\nMAIL FROM:<a@x>\r\n")),
            "250 250 554 250");
  EXPECT_EQ(violations(), 1U) << "no RSET behind a failed BDAT";
}

TEST_F(sink_session, a_chunk_that_is_not_swallowed_is_read_as_commands) {
  begin();
  EXPECT_EQ(codes(say("MAIL FROM:<a@x>\r\nRCPT TO:<b+no-swallow@y>\r\nBDAT 6 LAST\r\nNOOP\r\n")), "250 250 554 250");
  EXPECT_EQ(kept(), 0U);
}

TEST_F(sink_session, what_is_not_legal_is_noticed) {
  const std::string envelope = "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n";
  const std::vector<std::pair<std::string, std::string>> cases{
    {envelope + "A: b\r\n.\r\n", "content behind DATA in one group"},
    {"QUIT\r\nNOOP\r\n", "a command behind QUIT"},
    {"MAIL FROM:<a@x>\n", "a bare LF in a command"},
    {"MAIL FROM:<a@x>\r\nMAIL FROM:<a@x>\r\n", "MAIL twice"},
    {"MAIL FROM:<a@x> BODY=BINARYMIME\r\n", "a parameter nobody announced"},
    {"MAIL FROM:<\xc3\xa9@x>\r\n", "UTF-8 without SMTPUTF8"},
    {"MAIL FROM:a@x\r\n", "no brackets"},
    {"Subject: x\r\n", "content read as a command"},
  };
  for (const auto& [bytes, what] : cases) {
    begin();
    say(bytes);
    EXPECT_GE(violations(), 1U) << what;
  }
  const std::vector<std::pair<std::string, std::string>> contents{
    {"A: b\nc\r\n.\r\n", "a bare LF"},
    {"A: b\rc\r\n.\r\n", "a bare CR"},
    {"A: " + std::string(996, 'x') + "\r\n.\r\n", "999 octets"},
    {".A\r\n.\r\n", "a dot that was not doubled"},
    {".\r\n", "an empty mail for somebody"},
    {"A: \xc3\xa9\r\n.\r\n", "eight bits without BODY=8BITMIME"},
  };
  for (const auto& [bytes, what] : contents) {
    begin();
    EXPECT_EQ(codes(say(envelope)), "250 250 354");
    say(bytes);
    EXPECT_GE(violations(), 1U) << what;
  }
  options o;
  o.hidden = {"PIPELINING"};
  begin(o);
  say("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n");
  EXPECT_EQ(violations(), 1U) << "a pipeline that was not announced";
}

TEST_F(sink_session, the_longest_line_is_legal) {
  begin();
  say("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n");
  say("A: " + std::string(995, 'x') + "\r\n.\r\n", 7);
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(violations(), 0U);
}

TEST_F(sink_session, a_refusal_in_the_middle_of_content) {
  begin();
  say("MAIL FROM:<a@x>\r\nRCPT TO:<b+early-552@y>\r\nDATA\r\n");
  EXPECT_EQ(codes(say("A: b\r\n")), "552");
  EXPECT_EQ(codes(say("c\r\n.\r\nRSET\r\n")), "250") << "the rest is swallowed, the dot has had its answer";
  EXPECT_EQ(kept(), 0U);
}

TEST_F(sink_session, above_the_rate) {
  options o;
  o.rate = 0.001;
  o.burst = 1;
  begin(o);
  const std::string envelope = "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n";
  EXPECT_EQ(codes(say(envelope)), "250 250 354");
  EXPECT_EQ(codes(say("A: b\r\n.\r\n" + envelope)), "250 250 250 454");
}

}  // namespace
}  // namespace cartwheel::fault_sink
