#include "runtime/store/small_files.hpp"

#include "runtime/store/limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace cartwheel {
namespace {

std::vector<size_t> chosen(std::vector<uint64_t> sizes, uint64_t most = 100) {
  const auto found = small_neighbours(sizes, most);
  std::vector<size_t> all(found.last - found.first);
  std::iota(all.begin(), all.end(), found.first);
  return all;
}

using these = std::vector<size_t>;

TEST(small_neighbours, are_four_of_about_the_same_size) {
  EXPECT_EQ(chosen({}), these{});
  EXPECT_EQ(chosen({1, 1, 1}), these{});
  EXPECT_EQ(chosen({1, 1, 1, 1}), (these{0, 1, 2, 3}));
  EXPECT_EQ(chosen({90, 2, 3, 3, 2}), (these{1, 2, 3, 4})) << "the large one is left alone";
}

TEST(small_neighbours, are_more_where_one_is_larger) {
  EXPECT_EQ(chosen({4, 1, 1, 1}), these{});
  EXPECT_EQ(chosen({4, 1, 1, 1, 1}), (these{0, 1, 2, 3, 4}));
}

TEST(small_neighbours, are_no_larger_than_a_file_together) {
  EXPECT_EQ(chosen({25, 25, 25, 25}), (these{0, 1, 2, 3}));
  EXPECT_EQ(chosen({26, 25, 25, 25}), these{});
  EXPECT_EQ(chosen({90, 90, 90, 90, 90}), these{});
}

/// However files come, few small ones stay, and a byte is not written again and again.
TEST(small_neighbours, leave_few_and_write_little) {
  std::mt19937_64 dice{20260101};
  constexpr uint64_t most = 1'000'000;
  for (int world = 0; world < 20; ++world) {
    std::vector<uint64_t> files;
    uint64_t brought = 0;
    uint64_t written = 0;
    size_t at_most = 0;
    for (int i = 0; i < 3'000; ++i) {
      files.push_back(1 + dice() % (world % 2 == 0 ? 1'000 : 100'000));
      brought += files.back();
      for (auto some = small_neighbours(files, most); !some.empty(); some = small_neighbours(files, most)) {
        const auto first = files.begin() + static_cast<std::ptrdiff_t>(some.first);
        const auto last = files.begin() + static_cast<std::ptrdiff_t>(some.last);
        const auto sum = std::accumulate(first, last, uint64_t{0});
        written += sum;
        files.insert(files.erase(first, last), sum);
      }
      at_most =
        std::max(at_most, static_cast<size_t>(std::ranges::count_if(files, [](auto f) { return f < most / 4; })));
    }
    EXPECT_LE(at_most, 16u);
    EXPECT_LE(written, 8 * brought);
  }
}

}  // namespace
}  // namespace cartwheel
