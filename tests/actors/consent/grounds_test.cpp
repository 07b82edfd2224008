#include "actors/consent/grounds.hpp"

#include "actors/consent/limits.hpp"
#include "tests/actors/shard/told.hpp"

#include <map>

namespace cartwheel {
namespace {

using testing::at;

std::map<uint16_t, unsigned> customers(const grounds& g) {
  std::map<uint16_t, unsigned> all;
  g.each_customer([&](uint16_t entity, unsigned orders) {
    EXPECT_TRUE(all.emplace(entity, orders).second) << entity << " is visited twice";
  });
  return all;
}

TEST(grounds, a_refund_takes_back_its_own_sale) {
  grounds g;
  g.sold(1, 10, at(1'000));
  g.sold(1, 11, at(5'000));
  g.sold(2, 12, at(9'000));
  EXPECT_EQ(g.latest_sale(1), at(5'000));
  g.refunded(1, 11);
  EXPECT_EQ(g.latest_sale(1), at(1'000)) << "the moment of the other order counts again";
  g.refunded(1, 11);
  g.refunded(1, 12);
  EXPECT_TRUE(g.sale_of(1)) << "none of this legal entity's";
  g.refunded(1, 10);
  EXPECT_FALSE(g.sale_of(1));
  EXPECT_EQ(g.latest_sale(1), std::nullopt);
  EXPECT_EQ(customers(g), (std::map<uint16_t, unsigned>{{2, 1}}));
}

TEST(grounds, the_latest_moment_of_each_way_and_legal_entity_counts) {
  grounds g;
  g.obtained(1, address_source::checkout, at(5'000));
  g.obtained(1, address_source::checkout, at(4'000));
  g.obtained(1, address_source::account, at(1'000));
  g.obtained(2, address_source::checkout, at(9'000));
  EXPECT_EQ(g.latest(1, address_source::checkout), at(5'000));
  EXPECT_EQ(g.latest(1, address_source::account), at(1'000));
  EXPECT_EQ(g.latest(1, address_source::newsletter), std::nullopt);
  g.obtained(1, address_source::sale, at(7'000));
  EXPECT_FALSE(g.sale_of(1)) << "somebody says so, but no order does";
  size_t seen = 0;
  g.each_source([&](uint16_t, address_source, instant) { ++seen; });
  EXPECT_EQ(seen, 4u);
}

TEST(grounds, of_too_many_sales_the_oldest_goes_and_nobody_stops_being_a_customer) {
  grounds g;
  g.sold(2, 1, at(0));
  for (size_t i = 0; i < 2 * limits::sales_of_an_address_max; ++i)
    g.sold(1, 100 + i, at(1'000 + static_cast<int64_t>(i)));
  auto all = customers(g);
  EXPECT_EQ(all[1] + all[2], limits::sales_of_an_address_max);
  EXPECT_EQ(all[2], 1u);
  g.refunded(1, 100);
  EXPECT_EQ(customers(g)[1], limits::sales_of_an_address_max - 1) << "its sale was forgotten long ago";
}

TEST(grounds, come_back_from_bytes_under_other_numbers) {
  name_numbers names;
  grounds g;
  g.sold(names.of("a-bv"), 10, at(1'000));
  g.sold(names.of("b-bv"), 11, at(2'000));
  g.obtained(names.of("b-bv"), address_source::checkout, at(3'000));
  std::string bytes;
  byte_writer to{bytes};
  g.save(to, names);
  name_numbers others;
  others.of("c-bv");
  grounds again;
  byte_reader from{bytes};
  again.load(from, others);
  EXPECT_TRUE(from.done());
  EXPECT_EQ(again.latest_sale(others.of("a-bv")), at(1'000));
  EXPECT_EQ(again.latest_sale(others.of("b-bv")), at(2'000));
  EXPECT_EQ(again.latest(others.of("b-bv"), address_source::checkout), at(3'000));
  again.refunded(others.of("a-bv"), 10);
  EXPECT_FALSE(again.sale_of(others.of("a-bv")));
}

TEST(grounds, counts_of_the_first_version_are_sales_at_a_moment_nobody_knows) {
  std::string bytes;
  byte_writer to{bytes};
  to.number(1);
  to.text("a-bv");
  to.number(2);
  name_numbers names;
  grounds g;
  byte_reader from{bytes};
  g.load_counts(from, names);
  EXPECT_TRUE(g.sale_of(names.of("a-bv")));
  EXPECT_EQ(g.latest_sale(names.of("a-bv")), std::nullopt);
  g.refunded(names.of("a-bv"), 77);
  EXPECT_TRUE(g.sale_of(names.of("a-bv")));
  g.refunded(names.of("a-bv"), 78);
  EXPECT_FALSE(g.sale_of(names.of("a-bv")));
}

}  // namespace
}  // namespace cartwheel
