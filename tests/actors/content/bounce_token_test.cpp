#include "actors/content/bounce_token.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace cartwheel {
namespace {

constexpr secret_key key{1, 2, 3};
const bounced_mail mail{{0x1234567890abcdef, 0xfedcba0987654321}, from_unix_ms(1'769'943'600'000)};

TEST(bounce_tokens, open_again_in_either_case) {
  bounce_tokens tokens{key};
  auto token = tokens.seal(mail);
  EXPECT_EQ(token.size(), bounce_tokens::characters);
  EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), token.npos);
  EXPECT_EQ(tokens.open(token), mail);
  std::ranges::transform(token, token.begin(), [](unsigned char c) { return std::toupper(c); });
  EXPECT_EQ(tokens.open(token), mail);
  EXPECT_EQ(tokens.seal(mail), bounce_tokens{key}.seal(mail)) << "the same mail has the same sender at each try";
  const bounced_mail last{{1, 0}, from_unix_ms(4'294'967'295'000)};
  EXPECT_EQ(tokens.open(tokens.seal(last)), last);
}

TEST(bounce_tokens, differ_in_every_part_for_another_mail) {
  bounce_tokens tokens{key};
  std::set<std::string> beginnings;
  for (int i = 0; i < 100; ++i) {
    auto other = mail;
    other.decided += std::chrono::seconds{i};
    beginnings.insert(tokens.seal(other).substr(16, 8));
  }
  EXPECT_EQ(beginnings.size(), 100u) << "the address cannot be followed from mail to mail";
}

TEST(bounce_tokens, do_not_open_when_a_single_bit_is_another_or_the_key) {
  bounce_tokens tokens{key};
  const auto token = tokens.seal(mail);
  for (size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(tokens.open(forged)) << i;
  }
  EXPECT_FALSE(tokens.open(""));
  EXPECT_FALSE(tokens.open(token.substr(1)));
  EXPECT_FALSE(tokens.open(token + "a"));
  EXPECT_FALSE(tokens.open(std::string(bounce_tokens::characters, '1')));
  EXPECT_FALSE(tokens.open(std::string(bounce_tokens::characters, '\0')));
  EXPECT_FALSE(bounce_tokens{secret_key{9}}.open(token));
}

TEST(bounce_tokens, stand_in_an_address) {
  bounce_tokens tokens{key};
  auto sender = tokens.sender("bounce@example.com", mail);
  EXPECT_EQ(sender, "bounce+" + tokens.seal(mail) + "@example.com");
  EXPECT_EQ(tokens.open_address(sender), mail);
  EXPECT_EQ(tokens.open_address("other+tag+" + tokens.seal(mail) + "@elsewhere.example"), mail);
  auto longest = tokens.sender(std::string(bounce_local_part_max, 'b') + "@example.com", mail);
  EXPECT_EQ(longest.find('@'), 64u);
  for (auto none : {"", "@", "+@", "bounce@example.com", "bounce+@example.com", "bounce+x@example.com", "+", "a+b"})
    EXPECT_FALSE(tokens.open_address(none)) << none;
}

}  // namespace
}  // namespace cartwheel
