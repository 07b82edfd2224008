#include "runtime/base/warm_blocks.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif

struct warm_blocks_of_a_thread : ::testing::Test {
  void SetUp() override { warm_blocks::forget(); }
  void TearDown() override { warm_blocks::forget(); }
};

TEST_F(warm_blocks_of_a_thread, give_the_last_one_first) {
  void* one = warm_blocks::take(98);
  void* two = warm_blocks::take(104);
  warm_blocks::give_back(one, 98);
  warm_blocks::give_back(two, 104);
  EXPECT_EQ(warm_blocks::kept(), keeps ? 2u : 0u);
  void* first = warm_blocks::take(97);
  void* second = warm_blocks::take(104);
  if (keeps) {  // under a sanitizer each went to free, and what comes next may be any block
    EXPECT_EQ(first, two);
    EXPECT_EQ(second, one);
  }
  EXPECT_EQ(warm_blocks::kept(), 0u);
  warm_blocks::give_back(first, 97);
  warm_blocks::give_back(second, 104);
}

TEST_F(warm_blocks_of_a_thread, are_as_large_as_their_class_and_no_two_are_one) {
  for (size_t bytes = 1; bytes <= warm_blocks::block_max + 64; ++bytes) {
    std::set<void*> held;
    for (int i = 0; i < 3; ++i) {
      void* block = warm_blocks::take(bytes);
      std::memset(block, 0xab, bytes);
      EXPECT_TRUE(held.insert(block).second) << bytes;
    }
    for (auto* block : held) warm_blocks::give_back(block, bytes);
  }
}

TEST_F(warm_blocks_of_a_thread, are_few) {
  std::vector<void*> all;
  for (size_t i = 0; i < 10 * warm_blocks::kept_max; ++i) all.push_back(warm_blocks::take(64));
  for (auto* block : all) warm_blocks::give_back(block, 64);
  EXPECT_EQ(warm_blocks::kept(), keeps ? warm_blocks::kept_max : 0);
  warm_blocks::forget();
  EXPECT_EQ(warm_blocks::kept(), 0u);
}

TEST_F(warm_blocks_of_a_thread, leave_large_ones_to_the_allocator) {
  warm_blocks::give_back(warm_blocks::take(warm_blocks::block_max + 1), warm_blocks::block_max + 1);
  warm_blocks::give_back(warm_blocks::take(0), 0);
  EXPECT_EQ(warm_blocks::kept(), 0u);
}

TEST_F(warm_blocks_of_a_thread, may_be_given_back_by_another) {
  void* block = warm_blocks::take(64);
  std::thread other{[&] {
    warm_blocks::give_back(block, 64);
    EXPECT_EQ(warm_blocks::kept(), keeps ? 1u : 0u);
  }};
  other.join();
  EXPECT_EQ(warm_blocks::kept(), 0u);
}

}  // namespace
}  // namespace cartwheel
