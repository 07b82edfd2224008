#include "runtime/journal/segment_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace cartwheel {
namespace {

constexpr uint64_t mark = 0x0807060504030201;

std::string hex(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i)
    text += fmt::format("{}{:02x}", i == 0 ? "" : i % 8 == 0 ? "|" : "", static_cast<unsigned char>(bytes[i]));
  return text;
}

std::string record_of(const record_header& h, std::string_view payload) {
  std::string bytes(record_bytes(payload.size()), '\0');
  encode(h, mark, payload, bytes.data());
  payload.copy(bytes.data() + record_header_bytes, payload.size());
  return bytes;
}

const record_header example{5,
                            position{258},
                            position{257},
                            position{256},
                            from_unix_ms(1'700'000'000'123),
                            record_kind::outcomes,
                            payload_format::text,
                            true};

TEST(segment_format, stays_what_it_is) {
  // docs/journal-format.md shows these bytes; logs of years are full of them.
  EXPECT_EQ(hex(record_of(example, "hello")),
            "0102030405060708|3c45c2f005000000|0201000000000000|0101000000000000|"
            "0001000000000000|7b68e5cf8b010000|0505010000000000|68656c6c6f000000");
  EXPECT_EQ(hex(encode(segment_header{mark, position{258}, position{2}, position{258}, from_unix_ms(1'700'000'000'123)})
                  .substr(0, 64)),
            "43415254574c4f47|01000000f0b77722|0102030405060708|0201000000000000|"
            "0200000000000000|0201000000000000|7b68e5cf8b010000|0000000000000000");
}

TEST(segment_format, names_are_positions) {
  EXPECT_EQ(segment_name(position{1}), "00000000000000000001.segment");
  EXPECT_EQ(segment_name(position{UINT64_MAX}), "18446744073709551615.segment");
  for (uint64_t p : {uint64_t{1}, uint64_t{12'345}, UINT64_MAX})
    EXPECT_EQ(segment_first(segment_name(position{p})), position{p});
  for (auto name : {"", ".segment", "1.segment", "00000000000000000000.segment", "0000000000000000001.segment",
                    "000000000000000000001.segment", "0000000000000000000x.segment", "-0000000000000000001.segment",
                    "18446744073709551616.segment", "00000000000000000001.segment.damaged",
                    "00000000000000000001.Segment", "segment.new"})
    EXPECT_FALSE(segment_first(name)) << name;
}

TEST(segment_format, segment_headers_come_back) {
  for (const auto& h : {segment_header{1, position{1}, position{0}, position{1}, before_all},
                        segment_header{UINT64_MAX, position{9}, position{4}, position{7}, from_unix_ms(-1)}}) {
    auto page = encode(h);
    ASSERT_EQ(page.size(), segment_header_bytes);
    auto back = std::get<segment_header>(decode_segment_header(page));
    EXPECT_EQ(back.mark, h.mark);
    EXPECT_EQ(back.first, h.first);
    EXPECT_EQ(back.previous, h.previous);
    EXPECT_EQ(back.previous_end, h.previous_end);
    EXPECT_EQ(back.previous_newest, h.previous_newest);
  }
}

TEST(segment_format, segment_headers_that_are_none_say_why) {
  auto wrong = [](std::string_view page) { return std::get<unusable_header>(decode_segment_header(page)).why; };
  auto page = encode(segment_header{mark, position{1}, {}, position{1}});
  EXPECT_THAT(wrong(""), testing::HasSubstr("too short"));
  EXPECT_THAT(wrong(std::string_view{page}.substr(1)), testing::HasSubstr("too short"));
  EXPECT_THAT(wrong(std::string(segment_header_bytes, '\0')), testing::HasSubstr("no segment of a log"));
}

TEST(segment_format, records_come_back) {
  for (size_t payload_bytes : {0, 1, 7, 8, 9, 1000}) {
    auto h = example;
    h.payload_bytes = static_cast<uint32_t>(payload_bytes);
    std::string payload(payload_bytes, 'p');
    auto bytes = record_of(h, payload) + "what follows";
    EXPECT_EQ(record_length(bytes, mark), record_bytes(payload_bytes));
    EXPECT_EQ(record_bytes(payload_bytes) % record_alignment, 0u);
    auto back = decode_record(bytes, mark);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->payload_bytes, payload_bytes);
    EXPECT_EQ(back->at, h.at);
    EXPECT_EQ(back->group_first, h.group_first);
    EXPECT_EQ(back->durable_below, h.durable_below);
    EXPECT_EQ(back->received, h.received);
    EXPECT_EQ(back->kind, h.kind);
    EXPECT_EQ(back->format, h.format);
    EXPECT_TRUE(back->closes_group);
  }
}

TEST(segment_format, a_record_is_whole_and_unharmed_or_none) {
  auto whole = record_of(example, "hello");
  EXPECT_FALSE(decode_record(whole, mark + 1));
  for (size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(decode_record(std::string_view{whole}.substr(0, n), mark)) << n;
  for (size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
      EXPECT_FALSE(decode_record(flipped, mark)) << at << " " << bit;
    }
}

}  // namespace
}  // namespace cartwheel
