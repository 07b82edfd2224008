#include "actors/shard/decision_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

question about(int64_t due, std::string shop, std::string cart, uint8_t step) {
  question q;
  q.due = from_unix_ms(due);
  q.shop = std::move(shop);
  q.cart_id = std::move(cart);
  q.step = step;
  return q;
}

std::vector<uint32_t> order_of(const std::vector<question>& all, auto rank) {
  return decision_order(
    all.size(), [&](size_t i) -> const question& { return all[i]; }, rank);
}

TEST(a_decision_order, is_that_of_decided_before_whatever_the_texts) {
  // Texts that begin alike, end within the first eight bytes, or hold bytes that chars call negative.
  const std::vector<std::string> shops{"", "b", "a", "a-long-shop-name", "a-long-shop-names", std::string{"a\0", 2}};
  const std::vector<std::string> carts{"",         "c", "c-123456", "c-1234567", "c-12345678", std::string{"c\0", 2},
                                       "\xc3\xa9", "zz"};
  std::mt19937 random{7};
  std::vector<question> all;
  for (int i = 0; i < 3'000; ++i)
    all.push_back(about(static_cast<int64_t>(random() % 3) - 1, shops[random() % shops.size()],
                        carts[random() % carts.size()], static_cast<uint8_t>(random() % 3)));
  std::vector<uint32_t> expected(all.size());
  std::iota(expected.begin(), expected.end(), 0u);
  std::ranges::stable_sort(expected, [&](uint32_t a, uint32_t b) { return decided_before(all[a], all[b]); });
  EXPECT_EQ(order_of(all, [](const question&) { return 0; }), expected);
}

TEST(a_decision_order, has_lower_ranks_first) {
  const std::vector<question> all{about(1, "s", "a", 0), about(3, "s", "a", 0), about(2, "s", "a", 0)};
  EXPECT_EQ(order_of(all, [](const question& q) { return q.due == from_unix_ms(1) ? 9 : 1; }),
            (std::vector<uint32_t>{2, 1, 0}));
}

TEST(a_decision_order, of_nothing_is_empty) {
  EXPECT_TRUE(order_of({}, [](const question&) { return 0; }).empty());
}

}  // namespace
}  // namespace cartwheel
