#include "runtime/base/memory_watch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

TEST(memory_watch, tells_when_it_is_tight_and_when_it_is_full) {
  for (auto [used, tight, full] : {std::tuple{0ull, false, false},
                                   {849'999ull, false, false},
                                   {850'000ull, true, false},
                                   {999'999ull, true, false},
                                   {1'000'000ull, true, true}}) {
    memory_watch watch{1'000'000, [used] { return used; }};
    EXPECT_FALSE(watch.tight()) << "not measured yet";
    watch.look();
    EXPECT_EQ(watch.tight(), tight) << used;
    EXPECT_EQ(watch.full(), full) << used;
  }
}

TEST(memory_watch, measures_once_a_second_at_most) {
  int measured = 0;
  memory_watch watch{UINT64_MAX, [&] { return ++measured; }};
  for (int i = 0; i < 100; ++i) watch.look();
  EXPECT_EQ(measured, 1);
}

TEST(memory_watch, knows_this_process_and_this_machine) {
  const auto before = memory_watch::resident_bytes();
  EXPECT_GT(before, 1u << 20);
  std::string much(64 << 20, 'x');
  EXPECT_GE(memory_watch::resident_bytes(), before + (48u << 20)) << much.size();
  EXPECT_GT(memory_watch::of_the_machine(), memory_watch::resident_bytes());
}

}  // namespace
}  // namespace cartwheel
