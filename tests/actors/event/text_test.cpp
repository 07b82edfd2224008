#include "actors/event/text.hpp"

#include "actors/event/name_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

TEST(text, tells_what_a_text_is_made_of) {
  EXPECT_EQ(inspect_text(""), text_content::printable_ascii);
  EXPECT_EQ(inspect_text(" ~"), text_content::printable_ascii);
  EXPECT_EQ(inspect_text("caf\xc3\xa9"), text_content::utf8);
  EXPECT_EQ(inspect_text("\xf0\x9f\x9b\x92"), text_content::utf8);
  EXPECT_EQ(inspect_text("a\tb"), text_content::controls);
  EXPECT_EQ(inspect_text("\xc2\x9f"), text_content::controls);
  EXPECT_EQ(inspect_text("\xc2\xa0"), text_content::utf8);
}

// Wherever the one odd byte stands, and however long the text around it is.
TEST(text, finds_one_odd_byte_anywhere) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, ' ');
      for (auto [byte, expected] : {std::pair{'\x1f', text_content::controls},
                                    {'\0', text_content::controls},
                                    {'\x7f', text_content::controls},
                                    {'\x80', text_content::broken},
                                    {'\xff', text_content::broken},
                                    {'~', text_content::printable_ascii}}) {
        text[at] = byte;
        ASSERT_EQ(inspect_text(text), expected) << size << " " << at << " " << static_cast<int>(byte);
      }
    }
  }
}

TEST(text, refuses_broken_utf8) {
  for (std::string_view text : {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\x80", "\xf8\x88\x80\x80\x80", "ok\xc3"}) {
    EXPECT_EQ(inspect_text(text), text_content::broken) << text;
  }
}

constexpr name_table table{std::array<std::string_view, 8>{"a", "bc", "def", "defg", "exactly8", "ninechars",
                                                           "sixteen_chars_ab", "twenty_four_characters_x"}};

TEST(name_table, finds_each_name_and_nothing_like_it) {
  for (size_t i = 0; i < 8; ++i) {
    std::string name{table[i]};
    EXPECT_EQ(table.find(name), i) << name;
    EXPECT_EQ(table.find(name + "x"), 8u) << name;
    for (size_t at = 0; at < name.size(); ++at) {
      std::string other = name;
      other[at] = static_cast<char>(other[at] ^ 1);
      EXPECT_EQ(table.find(other), 8u) << other;
    }
  }
  EXPECT_EQ(table.find(""), 8u);
  EXPECT_EQ(table.find(std::string(1000, 'a')), 8u);
}

}  // namespace
}  // namespace cartwheel
