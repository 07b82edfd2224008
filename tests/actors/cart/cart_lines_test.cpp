// Rules 2 and 3 of docs/SEMANTICS.md: what becomes of a cart's lines, and what counts as an addition.
#include "actors/cart/cart_lines.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace cartwheel {
namespace {

event_item item(std::string_view id, uint32_t quantity = 1, int64_t price = -1) {
  event_item i;
  i.item_id = id;
  i.quantity = quantity;
  i.price = price;
  return i;
}
using items = std::vector<event_item>;

/// "a:2 b:1", in the order of the lines.
std::string text(const cart_lines& lines) {
  std::string s;
  lines.for_each([&](const cart_line& l) { s += fmt::format("{}{}:{}", s.empty() ? "" : " ", l.item_id, l.quantity); });
  return s;
}

cart_lines lines_of(const items& i) { return cart_lines{}.add(i).lines; }

TEST(cart_lines, adding_sums_and_is_an_addition) {
  auto change = lines_of({item("a", 2), item("b")}).add(items{item("b", 3), item("c")});
  EXPECT_EQ(text(change.lines), "a:2 b:4 c:1");
  EXPECT_TRUE(change.grew);
}

TEST(cart_lines, a_line_keeps_ten_thousand_pieces_and_then_does_not_grow) {
  auto full = lines_of({item("a", 9'999)}).add(items{item("a", 10'000)});
  EXPECT_EQ(text(full.lines), "a:10000");
  EXPECT_TRUE(full.grew);
  EXPECT_FALSE(full.lines.add(items{item("a")}).grew);
}

TEST(cart_lines, the_oldest_of_more_than_two_hundred_goes_first) {
  std::vector<std::string> ids;
  for (int i = 0; i < 203; ++i) ids.push_back(fmt::format("n{}", i));
  items first;
  for (int i = 0; i < 200; ++i) first.push_back(item(ids[static_cast<size_t>(i)]));
  auto cart = lines_of(first);
  // Growing does not make a line younger; the whole event is taken before the oldest go.
  cart = cart.add(items{item(ids[200]), item(ids[0]), item(ids[201])}).lines;
  EXPECT_EQ(cart.size(), 200u);
  auto left = text(cart);
  EXPECT_TRUE(left.starts_with("n2:1 n3:1 ")) << left.substr(0, 40);
  EXPECT_TRUE(left.ends_with(" n200:1 n201:1")) << left.substr(left.size() - 40);
}

TEST(cart_lines, removing_never_goes_below_zero_and_a_line_without_pieces_goes) {
  auto cart = lines_of({item("a", 2), item("b", 3)});
  EXPECT_EQ(text(cart.remove(items{item("a", 5), item("b"), item("not there")})), "b:2");
  EXPECT_TRUE(cart.remove(items{item("a", 2), item("b", 3)}).empty());
  EXPECT_EQ(text(cart), "a:2 b:3") << "a change makes a new block, the old one stands";
}

TEST(cart_lines, replacing_is_an_addition_only_where_a_line_is_new_or_grew) {
  auto cart = lines_of({item("a", 2), item("b", 3)});
  struct replacement {
    items with;
    bool grew;
    std::string_view then;
  };
  for (const auto& r : std::vector<replacement>{{{item("a", 2), item("b", 3)}, false, "a:2 b:3"},
                                                {{item("b", 3), item("a", 2)}, false, "b:3 a:2"},
                                                {{item("a", 1)}, false, "a:1"},
                                                {{}, false, ""},
                                                {{item("a", 1), item("b", 4)}, true, "a:1 b:4"},
                                                {{item("c")}, true, "c:1"}}) {
    auto change = cart.replace(r.with);
    EXPECT_EQ(text(change.lines), r.then);
    EXPECT_EQ(change.grew, r.grew) << r.then;
  }
}

TEST(cart_lines, joining_adds_the_other_carts_lines_behind) {
  auto cart = lines_of({item("a", 2)});
  auto joined = cart.join(lines_of({item("b"), item("a")}));
  EXPECT_EQ(text(joined.lines), "a:3 b:1");
  EXPECT_TRUE(joined.grew);
  auto full = lines_of({item("a", 10'000)});
  EXPECT_FALSE(full.join(cart).grew);
}

TEST(cart_lines, texts_and_prices_that_are_given_replace_the_old_ones) {
  event_item named = item("a", 1, 500);
  named.item_name = "Kettle";
  auto cart = lines_of({named});
  event_item dearer = item("a", 1, 600);
  cart = cart.add(items{dearer, item("a")}).lines;
  cart.for_each([](const cart_line& l) {
    EXPECT_EQ(l.price, 600);
    EXPECT_EQ(l.item_name, "Kettle");
    EXPECT_EQ(l.quantity, 3u);
  });
}

TEST(cart_lines, travel_as_bytes) {
  event_item full = item("a", 7, 1999);
  full.item_name = "Kettle";
  full.image_url = "https://shop.example/kettle.jpg";
  full.item_url = "https://shop.example/kettle";
  auto cart = lines_of({full, item("b")});
  auto arrived = cart_lines::from_block(cart.block());
  EXPECT_EQ(text(arrived), "a:7 b:1");
  EXPECT_EQ(arrived.block(), cart.block());
  EXPECT_TRUE(cart_lines::from_block({}).empty());
}

TEST(cart_lines, the_value_is_known_when_every_price_is) {
  EXPECT_EQ(lines_of({item("a", 2, 150), item("b", 1, 99)}).value(), 399);
  EXPECT_EQ(lines_of({item("a", 2, 150), item("b")}).value(), -1);
  EXPECT_EQ(lines_of({item("a", 10'000, INT64_MAX / 100)}).value(), -1) << "an overflow is not known";
}

}  // namespace
}  // namespace cartwheel
