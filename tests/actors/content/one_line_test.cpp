#include "actors/content/one_line.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(one_line, leaves_ordinary_texts_alone) {
  for (std::string_view text : {"", "Anna", "Anna de Vries", "Zo\u00eb", "\u05d0\u05e0\u05d4",
                                "\U0001f468\u200d\U0001f469\u200d\U0001f467 ok"}) {
    EXPECT_EQ(one_line(text, 128), text);
  }
}

TEST(one_line, lets_nothing_end_or_turn_the_line) {
  EXPECT_EQ(one_line("Anna\r\nBcc: x@y.example", 128), "Anna Bcc: x@y.example");
  EXPECT_EQ(one_line(std::string_view{"A\0b\x07\x7f", 5}, 128), "A b");
  EXPECT_EQ(one_line("a\u2028b\u2029c\u0085d", 128), "a b c d");
  EXPECT_EQ(one_line("\u202egnp.exe\u202c \u2066x\u2069\ufeff", 128), "gnp.exe x");
  EXPECT_EQ(one_line(" \t a \n\n b ", 128), "a b");
  EXPECT_EQ(one_line("\r\n\t", 128), "");
}

TEST(one_line, mends_what_is_no_utf8) {
  EXPECT_EQ(one_line("a\xff\xc3", 128), "a\ufffd\ufffd");
  EXPECT_EQ(one_line("\xed\xa0\x80x", 128), "\ufffd\ufffd\ufffdx");
}

TEST(one_line, cuts_between_code_points) {
  EXPECT_EQ(one_line("abcdef", 5), "ab\u2026");
  EXPECT_EQ(one_line("ab cdef", 6), "ab\u2026");
  for (size_t bound = 4; bound < 40; ++bound) {
    auto out = one_line(std::string(10'000, 'x') + "\U0001f6d2", bound);
    EXPECT_LE(out.size(), bound);
    std::string emoji;
    for (int i = 0; i < 30; ++i) emoji += "\U0001f6d2";
    out = one_line(emoji, bound);
    EXPECT_LE(out.size(), bound);
    EXPECT_TRUE(is_clean_utf8(out)) << bound;
  }
  EXPECT_EQ(one_line(std::string(100'000, '\n'), 10), "");
}

TEST(one_line, knows_plain_and_clean_texts) {
  EXPECT_TRUE(is_plain_line("Anna de Vries", 128));
  EXPECT_FALSE(is_plain_line("Anna  de", 128));
  EXPECT_FALSE(is_plain_line(" Anna", 128));
  EXPECT_FALSE(is_plain_line("Anna ", 128));
  EXPECT_FALSE(is_plain_line("Zo\u00eb", 128));
  EXPECT_FALSE(is_plain_line("Anna", 3));
  EXPECT_FALSE(is_clean_utf8("\xc3"));
  EXPECT_FALSE(is_clean_utf8("a\nb"));
  EXPECT_TRUE(is_clean_utf8("a  b\u00e9"));
}

}  // namespace
}  // namespace cartwheel
