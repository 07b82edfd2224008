#include "actors/shard/item_facts.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

const instant now = from_unix_ms(1'769'943'600'000);

TEST(item_facts, are_said_only_while_they_are_fresh) {
  item_facts facts;
  EXPECT_EQ(facts.stock("s", "i", now, 1h), std::nullopt);
  facts.note("s", "i", 3, now);
  EXPECT_EQ(facts.stock("s", "i", now + 1h, 1h), 3);
  EXPECT_EQ(facts.stock("s", "i", now + 1h + 1ms, 1h), std::nullopt);
  EXPECT_EQ(facts.stock("t", "i", now, 1h), std::nullopt) << "another shop's";
  EXPECT_EQ(facts.stock("s", "j", now, 1h), std::nullopt);
}

TEST(item_facts, of_which_the_latest_counts) {
  item_facts facts;
  facts.note("s", "i", 3, now);
  facts.note("s", "i", 9, now - 1ms);
  EXPECT_EQ(facts.stock("s", "i", now, 1h), 3);
  facts.note("s", "i", 2, now);
  EXPECT_EQ(facts.stock("s", "i", now, 1h), 2) << "at equal times the later arrival";
  facts.note("s", "i", -5, now + 1s);
  EXPECT_EQ(facts.stock("s", "i", now, 1h), 0) << "more sold than there were";
}

TEST(item_facts, tell_whether_a_product_was_sold_out_however_long_ago) {
  item_facts facts;
  EXPECT_FALSE(facts.none_was_left("s", "i", now)) << "nobody has said";
  facts.note("s", "i", 0, now);
  EXPECT_TRUE(facts.none_was_left("s", "i", now));
  EXPECT_TRUE(facts.none_was_left("s", "i", now + std::chrono::days{400}));
  EXPECT_FALSE(facts.none_was_left("s", "i", now - 1ms)) << "said before that";
  EXPECT_FALSE(facts.none_was_left("t", "i", now));
  facts.note("s", "i", 1, now);
  EXPECT_FALSE(facts.none_was_left("s", "i", now));
}

TEST(item_facts, forget_what_nothing_was_said_of_for_longest) {
  item_facts facts{2};
  facts.note("s", "a", 1, now);
  facts.note("s", "b", 2, now);
  facts.note("s", "a", 1, now + 1s);
  facts.note("s", "c", 3, now);
  EXPECT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts.stock("s", "a", now, 1h), 1);
  EXPECT_EQ(facts.stock("s", "b", now, 1h), std::nullopt);
  EXPECT_EQ(facts.stock("s", "c", now, 1h), 3);
}

TEST(item_facts, come_back_in_the_order_in_which_they_are_forgotten) {
  item_facts facts{2};
  facts.note("s", "a", 1, now);
  facts.note("s", "b", 2, now);
  std::string bytes;
  byte_writer w{bytes};
  size_t cuts = 0;
  facts.save(w, [&] { ++cuts; });
  EXPECT_EQ(cuts, 2u);
  item_facts again{2};
  for (byte_reader r{bytes}; !r.done();) again.load_one(r);
  again.note("s", "c", 3, now);
  EXPECT_EQ(again.stock("s", "a", now, 1h), std::nullopt);
  EXPECT_EQ(again.stock("s", "b", now, 1h), 2);
}

}  // namespace
}  // namespace cartwheel
