#include "runtime/base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace cartwheel {
namespace {

enum class colour : uint8_t { red, green };

TEST(bytes, what_is_written_reads_back) {
  std::string bytes;
  byte_writer w{bytes};
  const std::array<uint64_t, 7> numbers{0, 1, 127, 128, 300, 1ull << 32, std::numeric_limits<uint64_t>::max()};
  const std::array<int64_t, 7> signed_numbers{
    0, -1, 1, 63, -64, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  for (auto n : numbers) w.number(n);
  for (auto n : signed_numbers) w.signed_number(n);
  w.fixed(0x0123456789abcdef);
  w.text("");
  w.text("caf\xc3\xa9");
  w.time(before_all);
  w.time(never);
  w.one_of(colour::green);
  w.flag(true);

  byte_reader r{bytes};
  for (auto n : numbers) EXPECT_EQ(r.number(), n);
  for (auto n : signed_numbers) EXPECT_EQ(r.signed_number(), n);
  EXPECT_EQ(r.fixed(), 0x0123456789abcdefu);
  EXPECT_EQ(r.text(), "");
  EXPECT_EQ(r.text(), "caf\xc3\xa9");
  EXPECT_EQ(r.time(), before_all);
  EXPECT_EQ(r.time(), never);
  EXPECT_EQ(r.one_of(colour::green), colour::green);
  EXPECT_TRUE(r.flag());
  EXPECT_TRUE(r.done());
}

TEST(bytes, what_was_cut_or_is_nonsense_is_an_error) {
  std::string bytes;
  byte_writer w{bytes};
  w.number(300);
  w.text("shoes");
  w.fixed(7);
  for (size_t n = 0; n < bytes.size(); ++n) {
    byte_reader r{std::string_view{bytes}.substr(0, n)};
    EXPECT_THROW((r.number(), r.text(), r.fixed()), broken_bytes) << n;
  }
  EXPECT_THROW(byte_reader{std::string(11, '\xff')}.number(), broken_bytes);
  EXPECT_THROW(byte_reader{"\x02"}.one_of(colour::green), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
