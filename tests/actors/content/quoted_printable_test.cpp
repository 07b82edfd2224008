#include "actors/content/quoted_printable.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

std::string encoded(std::string_view text) {
  std::string out;
  append_quoted_printable(out, text);
  return out;
}

/// A decoder as RFC 2045 section 6.7 describes it, independent of the encoder.
std::string decoded(std::string_view text) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=')
      out += text[i];
    else if (text[i + 1] == '\r')
      i += 2;
    else {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    }
  }
  return out;
}

void expect_well_formed(std::string_view text) {
  while (!text.empty()) {
    size_t end = text.find("\r\n");
    ASSERT_NE(end, std::string_view::npos) << "the last line has no end";
    auto line = text.substr(0, end);
    EXPECT_LE(line.size(), 76u) << line;
    EXPECT_FALSE(line.ends_with(' ') || line.ends_with('\t')) << line;
    for (char c : line) EXPECT_TRUE((c >= ' ' && c <= '~') || c == '\t') << int{c};
    text.remove_prefix(end + 2);
  }
}

TEST(quoted_printable, leaves_ascii_and_escapes_the_rest) {
  EXPECT_EQ(encoded("a=b"), "a=3Db\r\n");
  EXPECT_EQ(encoded("caf\u00e9\n"), "caf=C3=A9\r\n");
  EXPECT_EQ(encoded("a\r\nb\rc\n\n"), "a\r\nb=0Dc\r\n\r\n");
  EXPECT_EQ(encoded(std::string_view{"\0\x7f", 2}), "=00=7F\r\n");
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded(".\n..\n"), ".\r\n..\r\n");
}

TEST(quoted_printable, protects_blanks_at_line_ends_and_from_lines) {
  EXPECT_EQ(encoded("a \nb\t\n \n"), "a=20\r\nb=09\r\n=20\r\n");
  EXPECT_EQ(encoded("From me\nnot From\n"), "=46rom me\r\nnot From\r\n");
}

TEST(quoted_printable, breaks_lines_softly_at_76_columns) {
  EXPECT_EQ(encoded(std::string(75, 'x')), std::string(75, 'x') + "\r\n");
  EXPECT_EQ(encoded(std::string(80, 'x')), std::string(75, 'x') + "=\r\n" + std::string(5, 'x') + "\r\n");
  EXPECT_EQ(encoded(std::string(74, 'x') + "="), std::string(74, 'x') + "=\r\n=3D\r\n");
  EXPECT_EQ(encoded(std::string(75, 'x') + " "), std::string(75, 'x') + "=\r\n=20\r\n");
}

TEST(quoted_printable, does_not_split_a_code_point) {
  for (size_t before = 60; before < 80; ++before) {
    auto out = encoded(std::string(before, 'x') + "\U0001f6d2");
    EXPECT_NE(out.find("=F0=9F=9B=92"), std::string::npos) << out;
  }
}

TEST(quoted_printable, can_be_undone_whatever_the_bytes) {
  std::mt19937 random{7};
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 400, '\0');
    constexpr std::string_view usual = "aA ==\t.\n From\xc3\xa9\xf0\x9f\x9b\x92";
    for (char& c : text) c = random() % 3 == 0 ? static_cast<char>(random()) : usual[random() % usual.size()];
    for (char& c : text) {
      if (c == '\r') c = 'r';
    }
    auto out = encoded(text);
    expect_well_formed(out);
    std::string back = decoded(out);
    std::string expected;
    for (char c : text) expected += c == '\n' ? std::string{"\r\n"} : std::string(1, c);
    if (!expected.empty() && !expected.ends_with("\r\n")) expected += "\r\n";
    ASSERT_EQ(back, expected);
  }
}

}  // namespace
}  // namespace cartwheel
