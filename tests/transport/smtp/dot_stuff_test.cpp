#include "transport/smtp/dot_stuff.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace cartwheel::smtp {
namespace {

std::string stuffed(std::string_view content) { return dot_stuffed(content, look_at(content)); }

TEST(dot_stuff, each_leading_dot_is_doubled) {
  EXPECT_EQ(stuffed("a\r\n"), "a\r\n");
  EXPECT_EQ(stuffed(".a\r\n"), "..a\r\n");
  EXPECT_EQ(stuffed(".\r\n..\r\na.\r\n.b\r\n"), "..\r\n...\r\na.\r\n..b\r\n");
  EXPECT_EQ(look_at(".\r\n..\r\na.\r\n.b\r\n").leading_dots, 3U);
}

TEST(dot_stuff, ends_in_one_line_end) {
  EXPECT_EQ(stuffed("a"), "a\r\n");
  EXPECT_EQ(stuffed("a\r\n.b"), "a\r\n..b\r\n");
  EXPECT_EQ(stuffed("a\r\n\r\n"), "a\r\n\r\n");  // an empty last line is content
  EXPECT_EQ(stuffed("."), "..\r\n");             // ruby bug 9627: this was sent as the final dot
  EXPECT_FALSE(look_at("").ends_in_crlf);
}

TEST(dot_stuff, bare_line_ends_are_seen) {
  for (const auto* bad : {"a\nb\r\n", "a\rb\r\n", "\n", "\r", "a\r\n\n", "a\r\n\r", "a\r\r\n", "a\r\n.\n", "a\r"})
    EXPECT_TRUE(look_at(bad).bare_line_end) << bad;
  for (const auto* good : {"", "a", "a\r\n", "\r\n\r\n", "a\r\nb"}) EXPECT_FALSE(look_at(good).bare_line_end) << good;
}

TEST(dot_stuff, eight_bit_is_seen_at_every_place) {
  for (size_t size = 1; size < 100; ++size)
    for (size_t at = 0; at < size; ++at) {
      std::string s(size, 'x');
      EXPECT_FALSE(look_at(s).eight_bit);
      s[at] = '\x80';
      EXPECT_TRUE(look_at(s).eight_bit) << size << ' ' << at;
    }
}

TEST(dot_stuff, random_content_survives_the_way_there_and_back) {
  std::mt19937 random{20};
  for (int round = 0; round < 2000; ++round) {
    std::string content;
    const auto pieces = random() % 20;
    for (size_t i = 0; i < pieces; ++i) {
      static constexpr std::string_view some[] = {"\r\n", ".", "..", "x", "\r\n.", "\r\n\r\n", "a.b"};
      content += some[random() % std::size(some)];
    }
    content += "\r\n";
    const auto sent = stuffed(content);
    EXPECT_EQ(sent.size(), content.size() + look_at(content).leading_dots);
    std::string back;
    for (size_t at = 0; at < sent.size();) {
      const auto end = sent.find("\r\n", at) + 2;
      auto line = sent.substr(at, end - at);
      EXPECT_NE(line, ".\r\n");
      if (line.front() == '.') line.erase(0, 1);
      back += line;
      at = end;
    }
    EXPECT_EQ(back, content);
  }
}

}  // namespace
}  // namespace cartwheel::smtp
