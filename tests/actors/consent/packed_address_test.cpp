#include "actors/consent/known_address.hpp"
#include "tests/actors/person/any_person.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

std::string packed(const known_address& a, recurring_texts& texts) {
  std::string bytes;
  packed_writer to{bytes, texts};
  pack(a, to);
  return bytes;
}

/// Its sales are recorded orders, mostly.
known_address any_address(std::mt19937_64& dice) {
  auto maybe = [&] { return dice() % 2 == 0; };
  known_address a;
  if (maybe())
    for (auto n = dice() % 4; n > 0; --n)
      a.consents.push_back({static_cast<uint16_t>(dice() >> (48 + dice() % 16)),
                            channel{static_cast<uint8_t>(dice() % 3)}, test::any_time(dice), test::any_time(dice),
                            test::any_time(dice)});
  if (maybe()) a.orders = test::any_orders(dice);
  if (maybe())
    for (auto n = dice() % 5; n > 0; --n) {
      const auto entity = static_cast<uint16_t>(dice() % 20'000);
      if (maybe())
        a.grounds.obtained(entity, address_source{static_cast<uint8_t>(1 + dice() % 4)}, test::any_time(dice));
      else if (maybe() && a.orders.size() > 0)
        a.grounds.sold(entity, a.orders.key(0), maybe() ? a.orders.time(0) : test::any_time(dice));
      else
        a.grounds.sold(entity, dice() % 50, test::any_time(dice));
    }
  if (maybe())
    for (auto n = dice() % 3; n > 0; --n)
      a.claims.push_back({test::any_time(dice), test::any_cart(dice), static_cast<uint8_t>(dice()), maybe()});
  if (maybe())
    for (auto n = dice() % 4; n > 0; --n)
      a.subjects.push_back(
        {subject_kind{static_cast<uint8_t>(dice() % 3)}, test::any_text(dice), test::any_cart(dice)});
  if (maybe()) a.event_ids = test::any_event_ids(dice);
  return a;
}

/// Each field of it, in bytes of another form than the packed one.
std::string all_of(const known_address& a) {
  static const auto names = [] {
    name_numbers all;
    for (int i = 0; i < 20'000; ++i) all.of(std::to_string(i));
    return all;
  }();
  std::string bytes;
  byte_writer to{bytes};
  auto cart = [&](const cart_ref& c) {
    to.number(static_cast<uint16_t>(c.shard));
    to.number(c.slot);
    to.number(c.generation);
  };
  to.number(a.consents.size());
  for (const auto& c : a.consents) {
    to.number(c.entity);
    to.one_of(c.channel);
    to.time(c.granted);
    to.time(c.withdrawn);
    to.time(c.confirmed);
  }
  a.grounds.save(to, names);
  a.orders.save(to);
  to.number(a.claims.size());
  for (const auto& c : a.claims) {
    to.time(c.tick);
    cart(c.cart);
    to.byte(c.step);
    to.flag(c.on_its_way);
  }
  to.number(a.subjects.size());
  for (const auto& s : a.subjects) {
    to.one_of(s.kind);
    to.text(s.id);
    cart(s.cart);
  }
  a.event_ids.save(to);
  return bytes;
}

TEST(packed_address, nothing_takes_a_byte) {
  recurring_texts texts;
  EXPECT_EQ(packed({}, texts).size(), 1u);
}

TEST(packed_address, a_paid_order_is_written_once) {
  recurring_texts texts;
  known_address a;
  a.orders.add("shoes-nl", 4711, from_unix_ms(1'769'943'600'000));
  const auto recorded = packed(a, texts).size();
  a.grounds.sold(1, 4711, from_unix_ms(1'769'943'600'000));
  EXPECT_EQ(packed(a, texts).size(), recorded + 2);
}

/// What lists would say of their lengths, their elements do.
TEST(packed_address, one_of_each_takes_little_more_than_what_it_says) {
  recurring_texts texts;
  known_address a;
  const auto start = from_unix_ms(1'769'943'600'000);
  a.subjects.push_back({subject_kind::customer, "customer-00000001", {}});
  EXPECT_EQ(packed(a, texts).size(), 1 + 1 + 14u);
  a.consents.push_back({1, channel::email, start, before_all, before_all});
  EXPECT_EQ(packed(a, texts).size(), 1 + (1 + 5) + (1 + 14u));
  a.orders.add("shoes-nl", 4711, start);
  EXPECT_EQ(packed(a, texts).size(), 1 + (1 + 5) + (1 + 8 + 1) + (1 + 14u));
  a.claims.push_back({start, {shard_id{0}, 100, 1}, 1, true});
  EXPECT_EQ(packed(a, texts).size(), 1 + (1 + 5) + (1 + 8 + 1) + (1 + 3 + 1) + (1 + 14u));
}

/// Each into what held another: nothing of that one stays.
TEST(packed_address, any_comes_back) {
  std::mt19937_64 dice{1};
  recurring_texts texts;
  known_address again;
  for (int round = 0; round < 20'000; ++round) {
    const auto a = any_address(dice);
    const auto bytes = packed(a, texts) + "what lies behind";
    packed_reader from{bytes, texts};
    unpack(from, again);
    ASSERT_EQ(from.rest(), 16u);
    ASSERT_EQ(all_of(again), all_of(a)) << "round " << round;
  }
}

TEST(packed_address, bytes_that_nobody_packed_are_refused_or_an_address) {
  std::mt19937_64 dice{2};
  recurring_texts texts;
  size_t refused = 0;
  known_address a;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = packed(any_address(dice), texts);
    if (dice() % 2 == 0) bytes.resize(dice() % (bytes.size() + 1));
    for (auto n = dice() % 3; n > 0 && !bytes.empty(); --n) bytes[dice() % bytes.size()] = static_cast<char>(dice());
    packed_reader from{bytes, texts};
    try {
      unpack(from, a);
    } catch (const broken_bytes&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace cartwheel
