#include "runtime/store/store_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

namespace cartwheel {
namespace {

using namespace std::string_literals;

TEST(store_key, numbers_are_big_endian) {
  EXPECT_EQ(store_key{}.at(position{0x0102030405060708}).bytes(), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(store_key{}.index(0xfffefdfc).bytes(), "\xff\xfe\xfd\xfc");
  EXPECT_EQ(store_key{}.time(from_unix_ms(0)).bytes(), "\x80\0\0\0\0\0\0\0"s);
  EXPECT_EQ(store_key{}.time(from_unix_ms(-1)).bytes(), "\x7f\xff\xff\xff\xff\xff\xff\xff"s);
}

TEST(store_key, a_text_ends_where_it_ends) {
  EXPECT_EQ(store_key{}.text("ab").bytes(), "ab\0\1"s);
  EXPECT_EQ(store_key{}.text("").bytes(), "\0\1"s);
  EXPECT_EQ(store_key{}.text("a\0"s).bytes(), "a\0\xff\0\1"s);
  EXPECT_NE(store_key{}.text("ab").text("c").bytes(), store_key{}.text("a").text("bc").bytes());
}

TEST(store_key, comes_apart_as_it_was_put_together) {
  auto key = std::move(store_key{}.time(before_all).text("shop\0\1\xff"s).at(position{7}).index(9).text("")).bytes();
  store_key_reader read{key};
  EXPECT_EQ(read.time(), before_all);
  EXPECT_EQ(read.text(), "shop\0\1\xff"s);
  EXPECT_EQ(read.at(), position{7});
  EXPECT_EQ(read.index(), 9u);
  EXPECT_FALSE(read.done());
  EXPECT_EQ(read.text(), "");
  EXPECT_TRUE(read.done());
}

TEST(store_key, refuses_what_was_not_built_so) {
  EXPECT_THROW(store_key_reader{"1234567"}.time(), std::runtime_error);
  EXPECT_THROW(store_key_reader{"1234567"}.at(), std::runtime_error);
  EXPECT_THROW(store_key_reader{"123"}.index(), std::runtime_error);
  EXPECT_THROW(store_key_reader{"abc"}.text(), std::runtime_error);
  EXPECT_THROW(store_key_reader{"abc\0"s}.text(), std::runtime_error);
  EXPECT_THROW(store_key_reader{"abc\0\2"s}.text(), std::runtime_error);
}

using parts = std::tuple<instant, std::string, position, uint32_t, std::string>;

TEST(store_key, sorts_as_its_parts_do) {
  std::mt19937_64 random{1};
  auto text = [&] {
    static constexpr char letters[] = {'\0', '\1', 'a', '\xfe', '\xff'};
    std::string t(random() % 4, ' ');
    for (auto& c : t) c = letters[random() % 5];
    return t;
  };
  auto number = [&] { return random() >> random() % 64; };
  std::vector<std::pair<parts, std::string>> all;
  for (int i = 0; i < 20'000; ++i) {
    auto t = random() % 8 == 0 ? never : from_unix_ms(static_cast<int64_t>(number()));
    parts p{t, text(), position{number()}, static_cast<uint32_t>(number()), text()};
    // Parts are met again, so that the ones behind them decide.
    if (!all.empty()) {
      const auto& other = all[random() % all.size()].first;
      if (random() % 2) std::get<0>(p) = std::get<0>(other);
      if (random() % 2) std::get<1>(p) = std::get<1>(other);
      if (random() % 2) std::get<2>(p) = std::get<2>(other);
    }
    auto& [time, first, at, index, last] = p;
    all.emplace_back(p, store_key{}.time(time).text(first).at(at).index(index).text(last).bytes());
  }
  for (size_t i = 1; i < all.size(); ++i) {
    const auto& [a, key_a] = all[i];
    const auto& [b, key_b] = all[random() % i];
    ASSERT_EQ(a < b, key_a < key_b);
    ASSERT_EQ(a == b, key_a == key_b);
    store_key_reader read{key_a};
    ASSERT_EQ(a, (parts{read.time(), read.text(), read.at(), read.index(), read.text()}));
  }
}

TEST(store_key, after_prefix_is_the_first_key_without_it) {
  EXPECT_EQ(after_prefix("ab"), "ac");
  EXPECT_EQ(after_prefix("a\xff\xff"), "b");
  EXPECT_EQ(after_prefix("\xff\xff"), "");
  EXPECT_EQ(after_prefix(""), "");
  EXPECT_EQ(after_prefix("\x7f"), "\x80");
  auto shop = store_key{}.text("shop").bytes();
  EXPECT_LT(store_key{}.text("shop").at(position{~uint64_t{0}}).bytes(), after_prefix(shop));
  EXPECT_GE(store_key{}.text("shop2").bytes(), after_prefix(shop));
}

}  // namespace
}  // namespace cartwheel
