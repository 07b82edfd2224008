#include "transport/smtp/reply_parser.hpp"

#include "transport/smtp/capabilities.hpp"
#include "transport/smtp/limits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace cartwheel::smtp {
namespace {

using result = reply_parser::result;

struct parsed {
  std::vector<std::pair<int, std::string>> replies;
  result last = result::more;
  bool operator==(const parsed&) const = default;
};

void feed(reply_parser& p, parsed& to, std::string_view bytes) {
  while (!bytes.empty() && to.last != result::malformed && to.last != result::too_long) {
    to.last = p.parse(bytes);
    if (to.last == result::complete) to.replies.emplace_back(p.current().code, p.current().text);
  }
}

parsed parse(std::string_view bytes) {
  reply_parser p;
  parsed to;
  feed(p, to, bytes);
  return to;
}

TEST(reply_parser, single_line) {
  const auto p = parse("250 2.1.0 Ok\r\n");
  ASSERT_EQ(p.replies.size(), 1U);
  EXPECT_EQ(p.replies[0], std::pair(250, std::string{"2.1.0 Ok"}));
}

TEST(reply_parser, text_may_be_missing) {
  EXPECT_EQ(parse("250\r\n").replies, (std::vector{std::pair{250, std::string{}}}));
  EXPECT_EQ(parse("250 \r\n").replies, (std::vector{std::pair{250, std::string{}}}));
  EXPECT_EQ(parse("250-\r\n250 \r\n").replies, (std::vector{std::pair{250, std::string{"\n"}}}));
}

TEST(reply_parser, bare_line_feed_ends_a_line) {
  EXPECT_EQ(parse("250-a\n250 b\n354 c\n").replies,
            (std::vector{std::pair{250, std::string{"a\nb"}}, std::pair{354, std::string{"c"}}}));
}

TEST(reply_parser, split_at_every_offset_and_one_byte_at_a_time) {
  const std::string bytes =
    "220-hello\r\n220 sink\r\n250-sink\r\n250-PIPELINING\r\n250 \r\n250 2.1.0 Ok\r\n354 go\n250\r\n421 bye\r\n";
  const auto whole = parse(bytes);
  ASSERT_EQ(whole.replies.size(), 6U);
  for (size_t at = 0; at <= bytes.size(); ++at) {
    reply_parser p;
    parsed to;
    feed(p, to, std::string_view{bytes}.substr(0, at));
    feed(p, to, std::string_view{bytes}.substr(at));
    EXPECT_EQ(to.replies, whole.replies) << at;
  }
  reply_parser p;
  parsed to;
  for (const char c : bytes) feed(p, to, {&c, 1});
  EXPECT_EQ(to.replies, whole.replies);
}

TEST(reply_parser, what_is_not_a_reply) {
  for (const auto* bytes : {"\r\n", "25\r\n", "hello\r\n", "2x0 Ok\r\n", "150 Ok\r\n", "650 Ok\r\n", "250_Ok\r\n",
                            "2500 Ok\r\n", "250-a\r\n251 b\r\n", "250-a\r\n\r\n", " 250 Ok\r\n"})
    EXPECT_EQ(parse(bytes).last, result::malformed) << bytes;
}

TEST(reply_parser, size_is_bounded_over_lines_and_pieces) {
  std::string line = "250-" + std::string(100, 'x') + "\r\n";
  std::string many;
  while (many.size() + line.size() + 6 <= limits::reply_bytes_max) many += line;
  EXPECT_EQ(parse(many + "250 \r\n").last, result::complete);
  EXPECT_EQ(parse(many + line + "250 \r\n").last, result::too_long);
  reply_parser p;
  parsed to;
  for (size_t i = 0; i <= limits::reply_bytes_max && to.last == result::more; ++i)
    feed(p, to, i < 4 ? std::string_view{"250 "}.substr(i, 1) : "x");
  EXPECT_EQ(to.last, result::too_long);
}

TEST(reply_parser, size_counts_for_each_reply_anew) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "250 2.0.0 Ok\r\n";
  EXPECT_EQ(parse(many).replies.size(), 10'000U);
}

TEST(reply, enhanced_code_only_when_it_agrees) {
  EXPECT_EQ((reply{550, "5.1.1 no"}.enhanced()), "5.1.1");
  EXPECT_EQ((reply{550, "5.1.10"}.enhanced()), "5.1.10");
  EXPECT_EQ((reply{550, "first\n5.7.1 no"}.enhanced()), "5.7.1");
  for (const auto* text :
       {"4.1.1 no", "5.1 no", "5.1.1111 no", "5.1.1no", "5..1 no", "51.1 no", "", "5.1.", "no 5.1.1"})
    EXPECT_EQ((reply{550, text}.enhanced()), "") << text;
  EXPECT_EQ((reply{550, "5.1.1 no one"}.last_line()), "no one");
  EXPECT_EQ((reply{250, "a\nqueued as 1"}.last_line()), "queued as 1");
}

TEST(capabilities, keywords_in_any_case_with_parameters) {
  const auto c =
    announced({250, "sink PIPELINING\npipelining\nSize 1000\n8BITMIME\nENHANCEDSTATUSCODES\nSMTPUTF8\nAUTH PLAIN"});
  EXPECT_TRUE(c.pipelining && c.size && c.eight_bit_mime && c.enhanced_status_codes && c.smtp_utf8);
  EXPECT_EQ(c.size_max, 1000U);
}

TEST(capabilities, the_greeting_line_announces_nothing) {
  const auto c = announced({250, "PIPELINING"});
  EXPECT_FALSE(c.pipelining);
  const auto d = announced({250, "sink\nSIZE\nXPIPELINING\n"});
  EXPECT_TRUE(d.size);
  EXPECT_EQ(d.size_max, 0U);
  EXPECT_FALSE(d.pipelining);
}

}  // namespace
}  // namespace cartwheel::smtp
