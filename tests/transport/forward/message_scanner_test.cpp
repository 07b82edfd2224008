#include "transport/forward/message_scanner.hpp"

#include "tests/transport/forward/entries.hpp"
#include "transport/forward/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::forward {
namespace {

using state = message_scanner::state;
using testing::HasSubstr;

message_scanner scanner() { return {limits::message_bytes_max, limits::depth_max}; }

TEST(message_scanner, finds_the_end_and_the_elements) {
  const std::string text = pack_chunk("tag", samples::entries(3), "id", 3);
  auto s = scanner();
  ASSERT_EQ(s.scan(text + "\xc0\xc0"), state::complete);
  EXPECT_EQ(s.position(), text.size());
  EXPECT_EQ(s.element_count(), 3u);
  EXPECT_EQ(s.element_begin(0), 1u);
  EXPECT_EQ(s.element_end(0), 5u);
  EXPECT_EQ(s.element_end(2), text.size());
}

TEST(message_scanner, a_heartbeat_has_no_elements) {
  auto s = scanner();
  ASSERT_EQ(s.scan("\xc0"), state::complete);
  EXPECT_EQ(s.position(), 1u);
  EXPECT_EQ(s.element_count(), 0u);
}

TEST(message_scanner, keeps_its_place_between_pieces) {
  const std::string text = samples::forward_mode("a.b", 5, "id");
  auto s = scanner();
  for (size_t n = 1; n < text.size(); ++n) {
    ASSERT_EQ(s.scan(std::string_view{text}.substr(0, n)), state::more) << n;
    EXPECT_LE(s.position(), text.size());
  }
  ASSERT_EQ(s.scan(text), state::complete);
  EXPECT_EQ(s.position(), text.size());
}

TEST(message_scanner, tells_how_much_a_payload_needs_before_it_has_come) {
  const std::string blob(100'000, 'x');
  const std::string text = pack_chunk("t", blob, "id", 1);
  auto s = scanner();
  ASSERT_EQ(s.scan(std::string_view{text}.substr(0, 20)), state::more);
  EXPECT_GT(s.position(), blob.size());
}

// Elements of an array are entered, so begins_ must hold top-level elements only.
TEST(message_scanner, an_empty_container_at_the_top_level_does_not_end_the_message) {
  auto s = scanner();
  ASSERT_EQ(s.scan(std::string{"\x93"} + samples::str("t") + "\x90\x80"), state::complete);
  EXPECT_EQ(s.element_count(), 3u);
}

struct refused_case {
  const char* name;
  std::string bytes;
  size_t at;
  const char* what;
};

class message_scanner_refuses : public testing::TestWithParam<refused_case> {};

TEST_P(message_scanner_refuses, naming_place_and_fault) {
  auto s = scanner();
  ASSERT_EQ(s.scan(GetParam().bytes), state::failed);
  EXPECT_EQ(s.position(), GetParam().at);
  EXPECT_THAT(s.fault(), HasSubstr(GetParam().what));
  EXPECT_EQ(s.scan(GetParam().bytes), state::failed) << "it stays failed";
}

std::string nested(size_t depth) { return "\x92" + samples::str("t") + std::string(depth, '\x91') + "\xc0"; }

INSTANTIATE_TEST_SUITE_P(
  all, message_scanner_refuses,
  testing::Values(
    refused_case{"http", "GET / HTTP/1.1\r\n", 0, "begins with integer (byte 0x47)"},
    refused_case{"tls", std::string{"\x16\x03\x01", 3}, 0, "byte 0x16"},
    refused_case{"top_map", "\x80", 0, "begins with map"},
    refused_case{"one_element", "\x91\xc0", 0, "2 to 4 elements, this has 1"},
    refused_case{"five_elements", "\x95", 0, "this has 5"},
    refused_case{"many_elements", "\xdd\xff\xff\xff\xff", 0, "this has 4294967295"},
    refused_case{"never_used", std::string{"\x92\xa1t\xc1"}, 3, "0xc1 begins no msgpack object"},
    refused_case{"long_bin", "\x92\xa1t\xc6\xff\xff\xff\xff", 3, "bin of 4294967295 bytes cannot fit"},
    refused_case{"long_ext", std::string{"\x92\xa1t\xc9\xff\xff\xff\xff\x00", 9}, 3, "ext of 4294967295 bytes"},
    refused_case{"many_entries", "\x92\xa1t\xdd\xff\xff\xff\xff", 3, "array of 4294967295 elements cannot fit"},
    refused_case{"many_pairs", std::string{"\x92\xa1t\xdf\x00\xff\xff\xff", 8}, 3, "map of 16777215 elements"},
    refused_case{"deep", nested(16), 18, "more than 16 deep"}),
  [](const auto& one) { return std::string{one.param.name}; });

TEST(message_scanner, takes_what_is_exactly_as_deep_as_allowed) {
  auto s = scanner();
  EXPECT_EQ(s.scan(nested(15)), state::complete);
}

TEST(message_scanner, a_message_beyond_the_bound_is_refused_though_every_part_is_small) {
  message_scanner s{1000, 16};
  std::string text = "\x92" + samples::str("t") + "\xdc";
  text += std::string{"\x03\x00", 2};  // 768 elements
  for (int i = 0; i < 768; ++i) text += samples::uint(1000);
  EXPECT_EQ(s.scan(text), state::failed);
  EXPECT_LE(s.position(), 1000u);
}

}  // namespace
}  // namespace cartwheel::forward
