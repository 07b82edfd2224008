#include "actors/gateway/node_log.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

node_log make_log() { return node_log{}; }

TEST(node_log, keeps_the_newest_decisions) {
  auto log = make_log();
  for (size_t i = 0; i < node_log::decisions_max + 5; ++i) {
    decision_line line;
    line.tick = from_unix_ms(static_cast<int64_t>(i));
    line.cart_id = i % 2 == 0 ? "even" : "odd";
    log.decided(shard_id{}, {line});
  }
  auto newest = log.decisions(3);
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(unix_ms(newest[0].tick), static_cast<int64_t>(node_log::decisions_max + 4));
  EXPECT_EQ(log.decisions(1'000'000).size(), node_log::decisions_max);
  auto odd = log.decisions_about("", "odd", 1'000'000);
  EXPECT_EQ(odd.size(), node_log::decisions_max / 2);
  EXPECT_LT(odd.front().tick, odd.back().tick);
}

TEST(node_log, dead_letters_are_bounded_in_number_and_size) {
  auto log = make_log();
  for (size_t i = 0; i < node_log::dead_letters_max + 1; ++i)
    log.dead(shard_id{}, {from_unix_ms(static_cast<int64_t>(i)), "why", std::string(100'000, 'x')});
  auto letters = log.dead_letters(1'000'000);
  ASSERT_EQ(letters.size(), node_log::dead_letters_max);
  EXPECT_EQ(unix_ms(letters.back().time), 1);
  EXPECT_EQ(letters.front().event.size(), node_log::dead_letter_bytes_max);
}

TEST(node_log, recovered_value_is_summed_by_currency) {
  auto log = make_log();
  auto eur = currency_code{{'E', 'U', 'R'}};
  log.recovered(shard_id{}, {"s", "c", eur, 1000});
  log.recovered(shard_id{}, {"s", "d", eur, 250});
  log.recovered(shard_id{}, {"s", "e", {}, 99});
  EXPECT_EQ(log.recovered_value(), (std::map<std::string, int64_t>{{"EUR", 1250}}));
}

}  // namespace
}  // namespace cartwheel
