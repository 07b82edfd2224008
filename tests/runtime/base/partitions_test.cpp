#include "runtime/base/partitions.hpp"

#include "runtime/base/limits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartwheel {
namespace {

// A data directory is laid out by these numbers. They were computed apart from this code and must never change: when one
// of these lines fails, the code is wrong, not the line.
static_assert(cart_partition_count == 256);
static_assert(person_partition_count == 64);
static_assert(partition_of_cart("", "") == cart_partition{31});
static_assert(partition_of_cart("example", "c-1") == cart_partition{34});
static_assert(partition_of_cart("example", "c-2") == cart_partition{143});
static_assert(partition_of_cart("example", "cart-000123") == cart_partition{104});
static_assert(partition_of_cart("winkel.nl", "8f14e45f-ceea-467f-a9fb-e0b5d5b4d7c1") == cart_partition{101});
static_assert(partition_of_cart("ab", "c") == cart_partition{39});
static_assert(partition_of_cart("a", "bc") == cart_partition{163});
static_assert(partition_of_cart("shop",
                                "\xc3\xbc"
                                "ber") == cart_partition{221});

static_assert(partition_of_order("", "") == person_partition{31});
static_assert(partition_of_order("example", "c-2") == person_partition{15});
static_assert(partition_of_order("example", "cart-000123") == person_partition{40});
static_assert(partition_of_order("winkel.nl", "8f14e45f-ceea-467f-a9fb-e0b5d5b4d7c1") == person_partition{37});

static_assert(partition_of_person("") == person_partition{5});
static_assert(partition_of_person("alice") == person_partition{39});
static_assert(partition_of_person("customer:42") == person_partition{63});
static_assert(partition_of_person("visitor:8f14e45f") == person_partition{12});
static_assert(partition_of_person("\xc3\xa9l\xc3\xa8ve") == person_partition{1});

static_assert(shard_of(cart_partition{255}, 1) == shard_id{0});
static_assert(shard_of(cart_partition{255}, 2) == shard_id{1});
static_assert(shard_of(cart_partition{255}, 256) == shard_id{255});
static_assert(shard_of(person_partition{63}, 4) == shard_id{3});

TEST(partitions, spread_carts_and_persons_evenly) {
  constexpr int keys = 256'000;
  std::vector<int> carts(cart_partition_count), persons(person_partition_count);
  for (int i = 0; i < keys; ++i) {
    ++carts[static_cast<size_t>(partition_of_cart("example", "cart-" + std::to_string(i)))];
    ++persons[static_cast<size_t>(partition_of_person("customer:" + std::to_string(i)))];
  }
  for (int n : carts) EXPECT_NEAR(n, keys / cart_partition_count, 250);
  for (int n : persons) EXPECT_NEAR(n, keys / person_partition_count, 1000);
}

TEST(partitions, every_shard_count_uses_all_its_shards_and_no_other) {
  for (uint16_t shards = 1; shards <= limits::shards_max; ++shards) {
    std::vector<bool> used(shards);
    for (uint16_t p = 0; p < cart_partition_count; ++p)
      used.at(static_cast<size_t>(shard_of(cart_partition{p}, shards))) = true;
    for (uint16_t s = 0; s < shards; ++s) EXPECT_TRUE(used[s]) << shards;
  }
}

}  // namespace
}  // namespace cartwheel
