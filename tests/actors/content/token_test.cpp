#include "actors/content/token.hpp"

#include "actors/content/limits.hpp"

#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr secret_key key{1, 2, 3};
const token_payload payload{token_purpose::unsubscribe, "default", "anna@example.org", "email"};

TEST(token, opens_to_what_was_sealed) {
  token_box box{key};
  auto token = box.seal(payload);
  EXPECT_THAT(token, testing::MatchesRegex("[A-Za-z0-9_-]+"));
  EXPECT_EQ(box.open(token, token_purpose::unsubscribe), payload);
  token_payload odd{token_purpose::restore, "", "j\u00f8rgen@b\u00fccher.example", std::string{"\0\n\xff", 3}};
  EXPECT_EQ(box.open(box.seal(odd), token_purpose::restore), odd);
}

TEST(token, names_the_mail_of_a_link_to_a_cart) {
  token_box box{key};
  token_payload link{token_purpose::restore,         "default", {}, "c-1", "nl-BE", 4'000'000'000, 255,
                     from_unix_ms(1'769'943'600'000)};
  EXPECT_EQ(box.open(box.seal(link), token_purpose::restore), link);
  auto other = link;
  other.step = 1;
  EXPECT_NE(box.seal(link), box.seal(other));
  const std::string longest(limits::token_text_bytes_max, 'x');
  link = {token_purpose::restore, longest, longest, longest, longest, UINT32_MAX, 255, before_all};
  EXPECT_LE(box.seal(link).size(), limits::token_bytes_max);
  EXPECT_EQ(box.open(box.seal(link), token_purpose::restore), link);
}

TEST(token, of_earlier_versions_opens) {
  // Sealed before links named a language: they stand in mails, and one that unsubscribes must always work.
  token_box box{key};
  constexpr std::string_view old =
    "Y2B5vVK8PrnGBZSTrh7lmZfl8lMwriDaL4sXY67aqT2blsIyAAekQn33PSDgnMQofbSx19QdMZCNJzYDgynNLw";
  EXPECT_EQ(box.open(old, token_purpose::unsubscribe), payload);
  EXPECT_EQ(box.seal(payload), old);
  auto spoken = payload;
  spoken.language = "nl";
  EXPECT_EQ(box.open(box.seal(spoken), token_purpose::unsubscribe), spoken);
}

TEST(token, is_the_same_for_the_same_mail_and_another_for_another) {
  EXPECT_EQ(token_box{key}.seal(payload), token_box{key}.seal(payload));
  auto other = payload;
  other.scope = "whatsapp";
  EXPECT_NE(token_box{key}.seal(payload).substr(0, 16), token_box{key}.seal(other).substr(0, 16));
}

TEST(token, shows_nothing_of_what_is_in_it) {
  auto token = token_box{key}.seal(payload);
  EXPECT_EQ(token.find("anna"), std::string::npos);
  EXPECT_EQ(token_box{secret_key{9}}.open(token, token_purpose::unsubscribe), std::nullopt);
}

TEST(token, does_not_open_for_another_purpose) {
  token_box box{key};
  EXPECT_EQ(box.open(box.seal(payload), token_purpose::restore), std::nullopt);
}

TEST(token, does_not_open_when_forged_or_garbled) {
  token_box box{key};
  auto token = box.seal(payload);
  for (size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(box.open(forged, token_purpose::unsubscribe), std::nullopt) << i;
    EXPECT_EQ(box.open(token.substr(0, i), token_purpose::unsubscribe), std::nullopt) << i;
    forged = token;
    forged[i] = '%';
    EXPECT_EQ(box.open(forged, token_purpose::unsubscribe), std::nullopt) << i;
  }
  EXPECT_EQ(box.open(token + "A", token_purpose::unsubscribe), std::nullopt);
  EXPECT_EQ(box.open(token + "=", token_purpose::unsubscribe), std::nullopt);
  EXPECT_EQ(box.open(std::string(limits::token_bytes_max + 1, 'A'), token_purpose::unsubscribe), std::nullopt);
  std::mt19937 random{1};
  for (int round = 0; round < 2000; ++round) {
    std::string noise(random() % 300, '\0');
    for (char& c : noise) c = round % 2 == 0 ? static_cast<char>(random()) : token[random() % token.size()];
    EXPECT_EQ(box.open(noise, token_purpose::unsubscribe), std::nullopt);
  }
}

TEST(token, has_a_bound_and_what_is_within_it_opens) {
  token_box box{key};
  std::string longest(limits::token_text_bytes_max, 'x');
  token_payload big{token_purpose::preferences, longest, longest, longest};
  auto token = box.seal(big);
  EXPECT_LE(token.size(), limits::token_bytes_max);
  EXPECT_EQ(box.open(token, token_purpose::preferences), big);
  big.address += 'x';
  EXPECT_THROW(box.seal(big), std::length_error);
}

}  // namespace
}  // namespace cartwheel
