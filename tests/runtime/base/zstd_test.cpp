#include "runtime/base/zstd.hpp"

#include "runtime/base/bytes.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(zstd, gives_back_what_was_packed_and_packs) {
  for (const auto& bytes : {std::string{}, std::string{"x"}, std::string(10'000, 'x'), std::string("\0\xff\0", 3)})
    EXPECT_EQ(zstd_unpacked(zstd_packed(bytes), bytes.size()), bytes);
  EXPECT_LT(zstd_packed(std::string(10'000, 'x')).size(), 100u);
}

TEST(zstd, refuses_what_is_damaged_or_larger_than_it_may_be) {
  auto packed = zstd_packed(std::string(10'000, 'x'));
  EXPECT_THROW(zstd_unpacked(packed, 9'999), broken_bytes);
  EXPECT_THROW(zstd_unpacked(packed.substr(0, packed.size() - 1), 10'000), broken_bytes);
  EXPECT_THROW(zstd_unpacked("no frame", 10'000), broken_bytes);
  EXPECT_THROW(zstd_unpacked("", 10'000), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
