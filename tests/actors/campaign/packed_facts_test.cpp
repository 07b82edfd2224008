#include "actors/campaign/packed_facts.hpp"

#include "runtime/base/bytes.hpp"
#include "tests/actors/campaign/any_facts.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cartwheel {
namespace {

TEST(packed_facts, each_fact_comes_back_alone) {
  tests::any_facts any{1};
  std::set<unsigned> tags;
  decision_facts facts;
  each_fact(facts, [&](unsigned tag, auto& fact) {
    EXPECT_TRUE(tags.insert(tag).second) << tag << " is given twice";
    const auto before = fact;
    any.change(fact);
    auto packed = pack(facts);
    EXPECT_EQ(unpack_facts(packed), facts) << "tag " << tag;
    EXPECT_EQ(packed[0], static_cast<char>(tag));
    fact = before;
  });
  EXPECT_EQ(pack(facts), "");
  EXPECT_EQ(unpack_facts(""), facts);
}

TEST(packed_facts, all_of_them_come_back_together) {
  tests::any_facts any{2};
  for (int i = 0; i < 1000; ++i) {
    const auto facts = any();
    ASSERT_EQ(unpack_facts(pack(facts)), facts);
  }
}

TEST(packed_facts, what_a_later_version_adds_is_passed_over) {
  decision_facts facts;
  facts.reminders_sent = 2;
  std::string bytes;
  byte_writer w{bytes};
  w.number(100'000);
  w.text("from the future");
  bytes += pack(facts);
  EXPECT_EQ(unpack_facts(bytes), facts);
}

TEST(packed_facts, what_breaks_off_or_has_no_name_is_nothing) {
  decision_facts facts;
  facts.has_address = true;
  facts.overdue = 5h;
  const auto whole = pack(facts);
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_NE(unpack_facts(std::string_view{whole}.substr(0, n)), facts) << n;
  EXPECT_EQ(unpack_facts(std::string_view{whole}.substr(0, whole.size() - 1)), std::nullopt);
  std::string bytes;
  byte_writer w{bytes};
  w.number(5);         // consent
  w.text("\x01\x07");  // no status of ours
  EXPECT_EQ(unpack_facts(bytes), std::nullopt);
}

}  // namespace
}  // namespace cartwheel
