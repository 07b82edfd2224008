#include "transport/forward/forward_parser.hpp"

#include "tests/transport/forward/entries.hpp"
#include "transport/forward/gzip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace cartwheel::forward {
namespace {

using samples::bin;
using samples::str;
using testing::HasSubstr;

TEST(forward_parser_hostile, a_bomb_is_refused_at_the_bound) {
  parser_limits bounds;
  bounds.decompressed_bytes_max = 1'000'000;
  forward_parser p{bounds};
  p.feed(pack_compressed_chunk("t", std::string(1'000'000, '\0'), "ok", 1));
  auto m = p.next();
  ASSERT_TRUE(m) << "exactly the bound is allowed";
  EXPECT_EQ(m->content.entries.bytes.size(), 1'000'000u);
  p.feed(pack_compressed_chunk("t", std::string(1'000'001, '\0'), "bomb", 1));
  EXPECT_FALSE(p.next());
  ASSERT_TRUE(p.fault());
  EXPECT_THAT(p.fault()->what, HasSubstr("unpacks to more than 1000000 bytes"));
}

TEST(forward_parser_hostile, many_members_count_together) {
  parser_limits bounds;
  bounds.decompressed_bytes_max = 10'000;
  std::string members;
  for (int i = 0; i < 100; ++i) members += gzip(std::string(101, 'a'));
  forward_parser p{bounds};
  p.feed("\x93" + str("t") + bin(members) + "\x81" + str("compressed") + str("gzip"));
  EXPECT_FALSE(p.next());
  ASSERT_TRUE(p.fault());
}

TEST(forward_parser_hostile, what_is_promised_takes_no_room) {
  forward_parser p;
  p.feed(std::string{"\x92\xa1t\xc6\x00\xff\xff\x00", 8});  // 16 MiB are to come
  EXPECT_FALSE(p.next());
  EXPECT_FALSE(p.fault());
  EXPECT_LE(p.prepare().size(), limits::read_buffer_bytes_large);
}

TEST(forward_parser_hostile, an_oversized_message_is_refused_from_its_head) {
  forward_parser p;
  p.feed(std::string{"\x92\xa1t\xc6\x01\x00\x00\x00", 8});
  EXPECT_FALSE(p.next());
  ASSERT_TRUE(p.fault());
  EXPECT_EQ(p.fault()->offset, 3u);
}

// 4 MB of one-byte objects, a byte at a time, would take minutes if each piece were scanned from the start.
TEST(forward_parser_hostile, small_pieces_of_many_small_objects_stay_linear) {
  std::string text = "\x92" + str("t") + std::string{"\xdd\x00\x40\x00\x00", 5};
  text += std::string(0x400000, '\x90');
  const auto began = std::chrono::steady_clock::now();
  forward_parser p;
  for (size_t at = 0; at < text.size(); at += 16) {
    p.feed(std::string_view{text}.substr(at, 16));
    if (at + 16 < text.size()) {
      ASSERT_FALSE(p.next());
    }
  }
  const auto m = p.next();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->content.entry_count, 0x400000u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{10});
}

// Whatever the bytes, the parser ends in a fault, a message or a wish for more, and slices lie within their buffers.
TEST(forward_parser_hostile, mutated_streams) {
  const std::string good[] = {
    samples::message_mode("m", samples::uint(1), samples::record("e", 1), "1"),
    samples::forward_mode("f", 7, "2"),
    pack_chunk("p", samples::entries(20), "3", 20),
    pack_compressed_chunk("c", samples::entries(20), "4", 20),
    "\x93" + str("t") + bin("") + "\x83" + str("fluent_signal") + samples::uint(0) + str("chunk") + str("id") +
      str("x") + "\x91\xc0",
  };
  std::mt19937_64 random{20'240'817};
  auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  size_t messages = 0, faults = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (size_t i = 0, n = 1 + below(4); i < n; ++i) text += good[below(std::size(good))];
    for (size_t i = 0, n = 1 + below(6); i < n; ++i) {
      const size_t at = below(text.size());
      switch (below(5)) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
        case 2: text.erase(at, 1 + below(4)); break;
        case 3: text.insert(at, 1 + below(4), static_cast<char>(0xc0 + below(0x40))); break;
        default: text.resize(at + 1);
      }
      if (text.empty()) text = "\xc0";
    }
    parser_limits bounds;
    bounds.message_bytes_max = 64 * 1024;
    bounds.decompressed_bytes_max = 64 * 1024;
    forward_parser p{bounds};
    uint64_t sum = 0;
    for (size_t at = 0; at < text.size();) {
      const size_t n = std::min(text.size() - at, 1 + below(200));
      p.feed(std::string_view{text}.substr(at, n));
      at += n;
      while (auto m = p.next()) {
        ++messages;
        for (unsigned char c : m->content.entries.bytes) sum += c;
        ASSERT_LE(m->content.entries.bytes.size(), 64 * 1024u);
      }
    }
    if (p.fault()) {
      ++faults;
      ASSERT_LE(p.fault()->offset, text.size());
      ASSERT_FALSE(p.fault()->what.empty());
    }
    ASSERT_GE(sum + 1, 1u);
  }
  EXPECT_GT(messages, 10'000u);
  EXPECT_GT(faults, 5'000u);
}

TEST(forward_parser_hostile, random_bytes) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string text(1 + random() % 300, '\0');
    for (char& c : text) c = static_cast<char>(random());
    text[0] = static_cast<char>(0x92 + random() % 3);
    forward_parser p;
    p.feed(text);
    while (p.next()) {}
  }
}

}  // namespace
}  // namespace cartwheel::forward
