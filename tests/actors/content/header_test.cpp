#include "actors/content/header.hpp"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::HasSubstr;

std::string subject(std::string_view value) {
  std::string out;
  header::append_text(out, "Subject", value);
  return out;
}

std::string to(std::string_view owner, std::string_view address = "anna@example.org") {
  std::string out;
  header::append_mailbox(out, "To", owner, address);
  return out;
}

std::string date(int64_t ms) {
  std::string out;
  header::append_date(out, from_unix_ms(ms));
  return out;
}

std::string from_base64(std::string_view in) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char c : in) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(digits.find(c));
    if ((held += 6) >= 8) out += static_cast<char>(bits >> (held -= 8) & 255);
  }
  return out;
}

/// Undoes folding and RFC 2047 as a mail program does, for values that are all encoded words. Checks their bounds.
std::string decoded(std::string_view field) {
  std::string out;
  size_t line_begin = 0;
  EXPECT_TRUE(field.ends_with("\r\n"));
  for (size_t end; (end = field.find("\r\n", line_begin)) != std::string_view::npos; line_begin = end + 2) {
    EXPECT_LE(end - line_begin, 76u);
  }
  for (size_t begin; (begin = field.find("=?utf-8?")) != std::string_view::npos;) {
    size_t end = field.find("?=", begin + 10);
    auto word = field.substr(begin, end + 2 - begin);
    EXPECT_LE(word.size(), 75u);
    auto text = word.substr(10, word.size() - 12);
    std::string part;
    if (word[8] == 'B') {
      part = from_base64(text);
    } else {
      auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
      for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_')
          part += ' ';
        else if (text[i] != '=')
          part += text[i];
        else {
          part += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
          i += 2;
        }
      }
    }
    EXPECT_NE(static_cast<unsigned char>(part[0]) & 0xc0, 0x80) << "a code point is split";
    out += part;
    field.remove_prefix(end + 2);
  }
  return out;
}

TEST(header, leaves_short_ascii_as_it_is) {
  EXPECT_EQ(subject("Your cart"), "Subject: Your cart\r\n");
  EXPECT_EQ(subject("a, (b) \"c\" <d>"), "Subject: a, (b) \"c\" <d>\r\n");
}

TEST(header, folds_long_ascii_at_its_spaces) {
  EXPECT_EQ(subject("One two three four five six seven eight nine ten eleven twelve thirteen fourteen"),
            "Subject: One two three four five six seven eight nine ten eleven twelve\r\n thirteen fourteen\r\n");
}

TEST(header, encodes_what_is_not_ascii) {
  EXPECT_EQ(subject("Café"), "Subject: =?utf-8?Q?Caf=C3=A9?=\r\n");
  EXPECT_EQ(subject("カート"), "Subject: =?utf-8?B?44Kr44O844OI?=\r\n");
  EXPECT_EQ(subject("=?utf-8?Q?trick?="), "Subject: =?utf-8?Q?=3D=3Futf-8=3FQ=3Ftrick=3F=3D?=\r\n");
}

TEST(header, keeps_encoded_words_within_75_columns_and_code_points_whole) {
  std::mt19937 random{3};
  const std::vector<std::string> letters{"a", " b", "é", "\u05d0", "\u20ac", "\U0001f6d2", "=", "?", "_"};
  for (int round = 0; round < 2000; ++round) {
    std::string text = "\u00e9";
    for (size_t n = random() % 120; n > 0; --n) text += letters[random() % (round % 2 == 0 ? 3 : letters.size())];
    EXPECT_EQ(decoded(subject(text)), text);
    EXPECT_EQ(decoded(to(text)), text);
  }
  std::string long_word(3000, 'x');
  EXPECT_EQ(decoded(subject(long_word)), long_word);
}

TEST(header, quotes_names_that_need_it) {
  EXPECT_EQ(to("Anna de Vries"), "To: Anna de Vries <anna@example.org>\r\n");
  EXPECT_EQ(to("Vries, Anna (\"A\\B\")"), "To: \"Vries, Anna (\\\"A\\\\B\\\")\" <anna@example.org>\r\n");
  EXPECT_EQ(to("J. Smith"), "To: \"J. Smith\" <anna@example.org>\r\n");
  EXPECT_EQ(to(""), "To: anna@example.org\r\n");
  EXPECT_EQ(to("Zoë"), "To: =?utf-8?Q?Zo=C3=AB?= <anna@example.org>\r\n");
  EXPECT_THAT(to("evil@example.com <x@y>,"), HasSubstr("\"evil@example.com <x@y>,\" <anna@example.org>"));
}

TEST(header, puts_a_long_address_on_a_line_of_its_own) {
  std::string address = std::string(60, 'a') + "@example.org";
  EXPECT_EQ(to("Anna", address), "To: Anna\r\n <" + address + ">\r\n");
}

TEST(header, writes_dates_in_utc) {
  EXPECT_EQ(date(0), "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n");
  EXPECT_EQ(date(1'709'210'096'999), "Date: Thu, 29 Feb 2024 12:34:56 +0000\r\n");
  EXPECT_EQ(date(-1), "Date: Wed, 31 Dec 1969 23:59:59 +0000\r\n");
}

}  // namespace
}  // namespace cartwheel
