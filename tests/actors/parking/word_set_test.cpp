#include "actors/parking/word_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace cartwheel {
namespace {

std::vector<uint64_t> from(const word_set& words, uint64_t first, size_t most = SIZE_MAX) {
  std::vector<uint64_t> found;
  if (most > 0)
    words.each_from(first, [&](uint64_t w) {
      found.push_back(w);
      return found.size() < most;
    });
  return found;
}

TEST(word_set, gives_words_in_order_from_one_on) {
  word_set words;
  EXPECT_TRUE(from(words, 0).empty());
  words.erase(1);
  for (uint64_t w : {5u, 1u, 9u, 5u}) words.insert(w);
  EXPECT_EQ(words.size(), 3u);
  EXPECT_EQ(from(words, 0), (std::vector<uint64_t>{1, 5, 9}));
  EXPECT_EQ(from(words, 5), (std::vector<uint64_t>{5, 9}));
  EXPECT_EQ(from(words, 2, 1), (std::vector<uint64_t>{5}));
  EXPECT_TRUE(from(words, 10).empty());
}

TEST(word_set, holds_the_least_and_the_greatest_word) {
  word_set words;
  words.insert(UINT64_MAX);
  words.insert(0);
  EXPECT_EQ(from(words, 0), (std::vector<uint64_t>{0, UINT64_MAX}));
  words.erase(0);
  words.erase(UINT64_MAX);
  EXPECT_EQ(words.size(), 0u);
  EXPECT_TRUE(from(words, 0).empty());
}

TEST(word_set, does_what_a_set_does) {
  for (uint64_t range : {300u, 100'000u}) {
    std::mt19937_64 dice{range};
    word_set words;
    std::set<uint64_t> model;
    for (int i = 0; i < 60'000; ++i) {
      const bool grows = i / 10'000 % 2 == 0;  // and shrinks, so that chunks are split and joined
      const auto w = dice() % range << (dice() % 2 * 20);
      if (dice() % 4 == 0 ? !grows : grows) {
        words.insert(w);
        model.insert(w);
      } else {
        const auto there = model.empty() || dice() % 4 == 0 ? w : *model.lower_bound(w % (*model.rbegin() + 1));
        words.erase(there);
        model.erase(there);
      }
      ASSERT_EQ(words.size(), model.size());
      if (i % 500 != 0) continue;
      ASSERT_EQ(from(words, w), std::vector<uint64_t>(model.lower_bound(w), model.end()));
    }
    while (!model.empty()) {
      words.erase(*model.begin());
      model.erase(model.begin());
    }
    EXPECT_TRUE(from(words, 0).empty());
  }
}

}  // namespace
}  // namespace cartwheel
