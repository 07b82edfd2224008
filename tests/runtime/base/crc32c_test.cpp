#include "runtime/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>

namespace cartwheel {
namespace {

std::string ascending() {
  std::string bytes(32, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

TEST(crc32c, of_rfc_3720) {
  for (auto* sum : {&crc32c, &crc32c_by_table}) {
    EXPECT_EQ(sum(std::string(32, '\0'), 0), 0x8a9136aau);
    EXPECT_EQ(sum(std::string(32, '\xff'), 0), 0x62a8ab43u);
    EXPECT_EQ(sum(ascending(), 0), 0x46dd794eu);
    EXPECT_EQ(sum("123456789", 0), 0xe3069283u);
    EXPECT_EQ(sum("", 0), 0u);
  }
}

TEST(crc32c, instruction_and_table_agree_at_every_length_and_place) {
  std::mt19937_64 random{1};
  std::string bytes(600, '\0');
  for (auto& c : bytes) c = static_cast<char>(random());
  for (size_t at = 0; at < 9; ++at)
    for (size_t n = 0; at + n <= bytes.size(); n += 1 + n / 40) {
      auto part = std::string_view{bytes}.substr(at, n);
      ASSERT_EQ(crc32c(part), crc32c_by_table(part)) << at << " " << n;
    }
}

TEST(crc32c, goes_on_from_what_went_before) {
  auto bytes = ascending();
  for (size_t n = 0; n <= bytes.size(); ++n) {
    auto head = std::string_view{bytes}.substr(0, n), rest = std::string_view{bytes}.substr(n);
    EXPECT_EQ(crc32c(rest, crc32c(head)), 0x46dd794eu);
    EXPECT_EQ(crc32c_by_table(rest, crc32c_by_table(head)), 0x46dd794eu);
  }
}

}  // namespace
}  // namespace cartwheel
