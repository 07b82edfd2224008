#include "transport/forward/gzip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace cartwheel::forward {
namespace {

using testing::HasSubstr;

TEST(gzip, there_and_back) {
  std::mt19937_64 random{1};
  for (size_t size : {0u, 1u, 100u, 65'536u, 1'000'000u}) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>('a' + random() % 4);
    EXPECT_EQ(gunzip(gzip(text), size).bytes, text);
  }
}

TEST(gzip, nothing_unpacks_to_nothing) { EXPECT_EQ(gunzip("", 10).bytes, ""); }

TEST(gzip, members_follow_each_other) { EXPECT_EQ(gunzip(gzip("ab") + gzip("") + gzip("cd"), 4).bytes, "abcd"); }

TEST(gzip, cut_anywhere_is_a_fault) {
  const std::string packed = gzip("a text of some length, a text of some length");
  for (size_t n = 1; n < packed.size(); ++n) {
    const auto got = gunzip(std::string_view{packed}.substr(0, n), 1000);
    EXPECT_FALSE(got.bytes) << n;
    EXPECT_FALSE(got.fault.empty());
  }
}

TEST(gzip, rubbish_behind_a_member_and_a_bad_checksum_are_faults) {
  EXPECT_FALSE(gunzip(gzip("ab") + "rubbish", 100).bytes);
  std::string packed = gzip("ab");
  packed[packed.size() - 8] = static_cast<char>(packed[packed.size() - 8] ^ 1);
  EXPECT_THAT(gunzip(packed, 100).fault, HasSubstr("incorrect data check"));
}

TEST(gzip, the_bound_is_exact) {
  const std::string text(300'000, 'x');
  EXPECT_TRUE(gunzip(gzip(text), 300'000).bytes);
  EXPECT_THAT(gunzip(gzip(text), 299'999).fault, HasSubstr("unpacks to more than 299999 bytes"));
}

}  // namespace
}  // namespace cartwheel::forward
