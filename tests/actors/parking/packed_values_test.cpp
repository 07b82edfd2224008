#include "actors/parking/packed_values.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

std::string packed(std::string_view text) {
  recurring_texts texts;
  std::string bytes;
  packed_writer{bytes, texts}.text(text);
  return bytes;
}
std::string unpacked(std::string_view bytes) {
  recurring_texts texts;
  packed_reader from{bytes, texts};
  std::string text = "what stood there before";
  from.text(text);
  EXPECT_EQ(from.rest(), 0u);
  return text;
}

TEST(packed_values, a_text_takes_six_bits_a_letter_where_that_is_shorter) {
  EXPECT_EQ(packed("customer-00000001").size(), 1 + 13u);
  EXPECT_EQ(packed("shopper1234567@example.com").size(), 1 + 20u);
  EXPECT_EQ(packed("5f0c6a1e-77b2-4bd0-9c0e-2f5d8c1a9b3e").size(), 1 + 27u);
  EXPECT_EQ(packed("Jan.Jansen@Example.com").size(), 1 + 19u) << "a capital takes two";
  EXPECT_EQ(packed("ABCDEF").size(), 1 + 6u) << "capitals alone are as short as they are";
  EXPECT_EQ(packed("jürgen@example.de").size(), 1 + 18u);
  EXPECT_EQ(packed("").size(), 1u);
}

TEST(packed_values, any_text_comes_back) {
  std::mt19937_64 dice{1};
  for (int round = 0; round < 20'000; ++round) {
    std::string text(dice() % 100, '\0');
    const auto among = dice() % 4;
    for (auto& c : text) switch (among) {
        case 0: c = static_cast<char>(dice()); break;
        case 1: c = static_cast<char>(' ' + dice() % 95); break;
        case 2: c = static_cast<char>((dice() % 9 == 0 ? 'A' : 'a') + dice() % 26); break;
        default: c = "customer-0123456789@."[dice() % 21]; break;
      }
    ASSERT_EQ(unpacked(packed(text)), text);
  }
}

TEST(packed_values, the_bytes_of_no_text_begin_with_anothers) {
  std::mt19937_64 dice{2};
  std::set<std::string> texts;
  while (texts.size() < 1'000) {
    std::string text(dice() % 6, '\0');
    for (auto& c : text) c = "aA0\x80"[dice() % 4];
    texts.insert(text);
  }
  std::set<std::string> all;
  for (const auto& t : texts) EXPECT_TRUE(all.insert(packed(t)).second) << t;
  for (auto i = all.begin(); std::next(i) != all.end(); ++i) ASSERT_FALSE(std::next(i)->starts_with(*i));
}

TEST(packed_values, bytes_that_nobody_packed_are_refused_or_a_text) {
  std::mt19937_64 dice{3};
  size_t refused = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes(dice() % 12, '\0');
    for (auto& b : bytes) b = static_cast<char>(dice());
    recurring_texts texts;
    packed_reader from{bytes, texts};
    std::string text;
    try {
      from.text(text);
    } catch (const broken_bytes&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1'000u);
  EXPECT_THROW(unpacked(std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10)), broken_bytes);
}

TEST(packed_values, times_are_distances_and_any_comes_back) {
  recurring_texts texts;
  std::string bytes;
  packed_writer to{bytes, texts};
  to.time(from_unix_ms(1'769'943'600'000));
  EXPECT_EQ(bytes.size(), 5u);
  to.time(from_unix_ms(1'769'943'600'000));
  EXPECT_EQ(bytes.size(), 6u);
  to.time(from_unix_ms(1'769'943'640'000));
  EXPECT_LE(bytes.size(), 9u);
  const std::vector<instant> odd{before_all,       never, before_all,       from_unix_ms(0),
                                 from_unix_ms(-1), never, from_unix_ms(17), never};
  for (auto t : odd) to.time(t);
  packed_reader from{bytes, texts};
  for (int64_t ms : {1'769'943'600'000, 1'769'943'600'000, 1'769'943'640'000}) EXPECT_EQ(from.time(), from_unix_ms(ms));
  for (auto t : odd) EXPECT_EQ(from.time(), t);
  EXPECT_EQ(from.rest(), 0u);
}

TEST(packed_values, any_first_time_comes_back) {
  recurring_texts texts;
  std::mt19937_64 dice{4};
  std::vector<instant> all{before_all, never, from_unix_ms(0), from_unix_ms(-1)};
  const int64_t since = 1'577'836'800'000, until = since + (int64_t{1} << 39);
  for (int64_t edge : {since, until})
    for (int64_t off = -2; off <= 2; ++off) all.push_back(from_unix_ms(edge + off));
  for (int round = 0; round < 1'000; ++round) all.push_back(from_unix_ms(static_cast<int64_t>(dice() >> dice() % 64)));
  for (auto t : all) {
    std::string bytes;
    packed_writer to{bytes, texts};
    to.time(t);
    to.time(t);
    if (unix_ms(t) >= since && unix_ms(t) < until) {
      EXPECT_EQ(bytes.size(), 5 + 1u) << unix_ms(t);
    }
    packed_reader from{bytes, texts};
    EXPECT_EQ(from.time(), t) << unix_ms(t);
    EXPECT_EQ(from.time(), t) << unix_ms(t);
    EXPECT_EQ(from.rest(), 0u);
  }
  for (std::string_view broken : {"\x03\x01\x01\x01\x01\x01", "\x02\x01\x01\x01", "\x01\x80", ""}) {
    packed_reader from{broken, texts};
    EXPECT_THROW(from.time(), broken_bytes);
  }
}

TEST(packed_values, a_recurring_text_carries_a_flag) {
  recurring_texts texts;
  std::string bytes;
  packed_writer to{bytes, texts};
  to.recurring("shoes-nl", true);
  EXPECT_EQ(bytes.size(), 1u);
  const std::string of_its_own(recurring_texts::text_bytes_max + 1, 'x');
  for (bool flag : {false, true}) {
    to.recurring(of_its_own, flag);
    to.recurring("shoes-nl", flag);
  }
  packed_reader from{bytes, texts};
  std::string text;
  EXPECT_TRUE(from.recurring_and_flag(text));
  EXPECT_EQ(text, "shoes-nl");
  for (bool flag : {false, true})
    for (const auto& expected : {of_its_own, std::string{"shoes-nl"}}) {
      EXPECT_EQ(from.recurring_and_flag(text), flag);
      EXPECT_EQ(text, expected);
    }
  EXPECT_EQ(from.rest(), 0u);
}

TEST(packed_values, texts_that_recur_are_numbers_until_there_are_too_many) {
  recurring_texts texts;
  std::string bytes;
  packed_writer to{bytes, texts};
  std::vector<std::string> all{"shoes-nl", "shoes-nl", "", std::string(recurring_texts::text_bytes_max + 1, 'x')};
  for (size_t i = 0; i < recurring_texts::texts_max + 100; ++i) all.push_back("shop " + std::to_string(i));
  for (const auto& t : all) to.recurring(t);
  const auto before = bytes.size();
  to.recurring("shoes-nl");
  EXPECT_EQ(bytes.size(), before + 1);
  packed_reader from{bytes, texts};
  for (const auto& t : all) {
    std::string text;
    from.recurring(text);
    ASSERT_EQ(text, t);
  }
  EXPECT_THROW(texts.text(recurring_texts::texts_max + 1), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
