#include "app/load/load_events.hpp"

#include "actors/event/decode.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

constexpr instant noon = from_unix_ms(1'795'172'400'000);

std::string bytes_of(const load_share& share, size_t events) {
  load_events made{share};
  std::string out;
  made.append(out, events, noon);
  return out;
}

std::set<std::string> carts_of(const load_share& share, size_t events) {
  auto bytes = bytes_of(share, events);
  event_batch batch;
  decode_entries(bytes, {}, batch);
  std::set<std::string> carts;
  for (const auto& e : batch.events) carts.emplace(e.cart_id);
  carts.erase("");
  return carts;
}

TEST(load_events, same_seed_same_bytes_in_any_portions) {
  auto whole = bytes_of({.carts = 100}, 1000);
  load_events made{{.carts = 100}};
  std::string parts;
  for (size_t n : {1, 9, 490, 500}) made.append(parts, n, noon);
  EXPECT_EQ(parts, whole);
  EXPECT_EQ(made.made(), 1000u);
  EXPECT_NE(bytes_of({.seed = 2, .carts = 100}, 1000), whole);
}

TEST(load_events, the_first_round_visits_every_cart_once) {
  for (uint64_t carts : {1, 2, 3, 10, 97, 1000, 4096}) {
    EXPECT_EQ(carts_of({.carts = carts}, carts).size(), carts);
    EXPECT_EQ(carts_of({.carts = carts}, 3 * carts).size(), carts);
  }
}

/// The carts in the order of their events, which are all additions.
std::vector<std::string> visits(const load_share& share, size_t events) {
  auto bytes = bytes_of(share, events);
  event_batch batch;
  decode_entries(bytes, {}, batch);
  std::vector<std::string> carts;
  for (const auto& e : batch.events) carts.emplace_back(e.cart_id);
  return carts;
}

TEST(load_events, later_visits_are_scattered_evenly_and_in_no_order_of_before) {
  const load_share share{.carts = 1000, .mix = {1, 0, 0, 0, 0, 0, 0}};
  const auto all = visits(share, 101'000);
  ASSERT_EQ(all.size(), 101'000u);
  std::map<std::string, size_t> times, next_in_first_round;
  for (size_t i = 0; i < 1000; i++) next_in_first_round[all[i]] = i + 1;
  size_t as_before = 0;
  for (size_t i = 1000; i < all.size(); i++) {
    times[all[i]]++;
    const auto next = next_in_first_round[all[i - 1]];
    if (next < 1000 && all[i] == all[next]) as_before++;
  }
  EXPECT_EQ(times.size(), 1000u);
  for (const auto& [cart, n] : times) EXPECT_TRUE(n > 50 && n < 150) << cart << " " << n;  // 100, give or take 5 sigmas
  EXPECT_LT(as_before, 200u);                                                              // 100 by chance
}

TEST(load_events, carts_that_are_open_have_no_first_round) {
  const auto all = visits({.carts = 1000, .mix = {1, 0, 0, 0, 0, 0, 0}, .opened = true}, 1000);
  EXPECT_LT(std::set(all.begin(), all.end()).size(), 700u);  // 632 of 1000 drawn
}

TEST(load_events, brief_additions_are_the_same_visits_in_fewer_bytes) {
  load_share share{.carts = 100, .mix = {.5, .1, .1, .1, .1, .05, .05}};
  const auto worded = bytes_of(share, 1000);
  EXPECT_NE(worded.find("Product "), std::string::npos);
  const auto all = visits(share, 1000);
  share.brief = true;
  const auto brief = bytes_of(share, 1000);
  EXPECT_EQ(brief.find("Product "), std::string::npos);
  EXPECT_EQ(brief.find("currency"), std::string::npos);
  EXPECT_EQ(visits(share, 1000), all);
  event_batch batch;
  decode_entries(brief, {}, batch);
  EXPECT_EQ(batch.events.size(), 1000u) << "some are refused";
}

TEST(load_events, connections_share_the_carts_out) {
  std::set<std::string> all;
  size_t sum = 0;
  for (uint32_t c = 0; c < 3; c++) {
    auto mine = carts_of({.carts = 100, .connection = c, .connections = 3}, 34);
    sum += mine.size();
    all.merge(mine);
  }
  EXPECT_EQ(all.size(), 100u);
  EXPECT_EQ(sum, 100u);
}

TEST(load_events, ids_do_not_repeat_within_a_cart_or_between_runs) {
  std::map<std::string, std::set<std::string>> ids;
  size_t sent = 0;
  for (uint32_t run : {7, 8}) {
    auto bytes = bytes_of({.carts = 10, .run = run}, 2000);
    event_batch batch;
    decode_entries(bytes, {}, batch);
    for (const auto& e : batch.events) {
      if (e.cart_id.empty()) continue;
      sent++;
      EXPECT_TRUE(ids[std::string{e.cart_id}].emplace(e.event_id).second);
    }
  }
  EXPECT_GT(sent, 3000u);
}

TEST(load_events, refuses_carts_nobody_could_send) {
  EXPECT_THROW(load_events{{.carts = 0}}, std::invalid_argument);
  EXPECT_THROW((load_events{{.carts = 2, .connection = 2, .connections = 3}}), std::invalid_argument);
  EXPECT_THROW((load_events{{.carts = 5, .connection = 5, .connections = 5}}), std::invalid_argument);
}

}  // namespace
}  // namespace cartwheel
