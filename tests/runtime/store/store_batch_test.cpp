#include "runtime/store/store_batch.hpp"

#include "runtime/store/limits.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cartwheel {
namespace {

std::string as_text(const store_batch& b) {
  std::string out;
  b.each(
    [&](store_table t, auto key, auto value) {
      out.append(store_tables[index_of(t)].name).append(" ").append(key).append("=").append(value).append("; ");
    },
    [&](store_table t, auto key) { out.append(store_tables[index_of(t)].name).append(" -").append(key).append("; "); });
  return out;
}

TEST(store_batch, keeps_what_was_added_in_order) {
  store_batch b;
  EXPECT_TRUE(b.empty());
  b.put(store_table::orders, "a", "1");
  b.erase(store_table::orders, "a");
  b.put(store_table::in_doubt, "", "");
  b.put(store_table::orders, "a", "2");
  EXPECT_EQ(as_text(b), "orders a=1; orders -a; in_doubt =; orders a=2; ");
  EXPECT_EQ(b.size(), 4u);
  EXPECT_EQ(b.bytes(), 5u);
  b.clear();
  EXPECT_TRUE(b.empty());
  b.erase(store_table::persons, "b");
  EXPECT_EQ(as_text(b), "persons -b; ");
}

TEST(store_batch, refuses_what_is_too_large_and_stays_as_it_was) {
  store_batch b;
  b.put(store_table::orders, "a", "1");
  std::string key(limits::store_key_bytes_max, 'k');
  std::string value(limits::store_value_bytes_max, 'v');
  b.put(store_table::orders, key, value);
  EXPECT_THROW(b.put(store_table::orders, key + "k", ""), std::length_error);
  EXPECT_THROW(b.erase(store_table::orders, key + "k"), std::length_error);
  EXPECT_THROW(b.put(store_table::orders, "a", value + "v"), std::length_error);
  EXPECT_EQ(b.size(), 2u);
  while (b.bytes() + value.size() <= limits::store_batch_bytes_max) b.put(store_table::orders, "", value);
  size_t before = b.bytes();
  EXPECT_THROW(b.put(store_table::orders, "", value), std::length_error);
  EXPECT_EQ(b.bytes(), before);
}

}  // namespace
}  // namespace cartwheel
