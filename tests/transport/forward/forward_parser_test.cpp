#include "transport/forward/forward_parser.hpp"

#include "tests/transport/forward/entries.hpp"
#include "transport/forward/gzip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cartwheel::forward {
namespace {

using testing::HasSubstr;
using samples::bin;
using samples::str;
using samples::uint;

std::vector<message> all(forward_parser& p) {
  std::vector<message> out;
  while (auto m = p.next()) out.push_back(std::move(*m));
  return out;
}

message only(const std::string& bytes) {
  forward_parser p;
  p.feed(bytes);
  auto m = p.next();
  EXPECT_TRUE(m) << (p.fault() ? p.fault()->text() : "unfinished");
  EXPECT_FALSE(p.next());
  EXPECT_TRUE(p.at_boundary());
  return m ? std::move(*m) : message{};
}

std::string fault_of(const std::string& bytes) {
  forward_parser p;
  p.feed(bytes);
  EXPECT_FALSE(p.next());
  return p.fault() ? p.fault()->text() : "no fault";
}

TEST(forward_parser, message_mode_with_event_time) {
  const std::string entry = samples::entry("view_cart", 7);
  const std::string time = entry.substr(1, 10);
  const auto m = only(samples::message_mode("cartwheel.a", time, entry.substr(11), "id"));
  EXPECT_EQ(m.content.tag, "cartwheel.a");
  EXPECT_EQ(m.content.entries.bytes, entry);
  EXPECT_EQ(m.content.entry_count, 1u);
  EXPECT_EQ(m.chunk_id, "id");
}

TEST(forward_parser, message_mode_takes_every_kind_of_time) {
  const std::string rec = samples::record("e", 1);
  const std::string times[] = {uint(1'700'000'000),
                               uint(1'700'000'000'123),
                               uint(0),
                               "\xc0",
                               std::string{"\xc7\x08\x00"
                                           "12345678",
                                           11},
                               std::string{"\xcb\x41\xd9\x54\xfc\x40\x00\x00\x00", 9}};
  for (const std::string& time : times) {
    const auto m = only("\x93" + str("t") + time + rec);
    EXPECT_EQ(m.content.entries.bytes, "\x92" + time + rec);
    EXPECT_FALSE(m.chunk_id) << "no option map, no ack";
  }
}

// The byte in front of the time is rewritten; with an empty tag that byte is the tag's own head.
TEST(forward_parser, message_mode_with_an_empty_tag) {
  const auto m = only("\x93" + str("") + uint(5) + "\x80");
  EXPECT_EQ(m.content.tag, "");
  EXPECT_EQ(m.content.entries.bytes, "\x92\x05\x80");
}

TEST(forward_parser, forward_mode_gives_the_elements_as_they_came) {
  const auto m = only(samples::forward_mode("t", 5, "id"));
  EXPECT_EQ(m.content.entries.bytes, samples::entries(5));
  EXPECT_EQ(m.content.entry_count, 5u);
  const auto none = only("\x92" + str("t") + "\x90");
  EXPECT_EQ(none.content.entries.bytes, "");
  EXPECT_EQ(none.content.entry_count, 0u);
}

TEST(forward_parser, packed_forward_as_bin_and_as_str) {
  const std::string blob = samples::entries(1000);
  const auto as_bin = only(pack_chunk("t", blob, "id", 1000));
  EXPECT_EQ(as_bin.content.entries.bytes, blob);
  EXPECT_EQ(as_bin.content.entry_count, 0u) << "not told; size is not to be trusted";
  // fluentd sends str32, and what is in it is no text.
  std::string head = "\xdb";
  for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>(blob.size() >> shift & 0xff);
  const auto as_str = only("\x93" + str("t") + head + blob + samples::chunk_option("id"));
  EXPECT_EQ(as_str.content.entries.bytes, blob);
}

TEST(forward_parser, entries_with_metadata_pass_through_untouched) {
  const std::string entry = "\x92\x92" + uint(1) + "\x81" + str("k") + str("v") + samples::record("e", 1);
  EXPECT_EQ(only(pack_chunk("t", entry, "", 1)).content.entries.bytes, entry);
  EXPECT_EQ(only("\x92" + str("t") + "\x91" + entry).content.entries.bytes, entry);
}

TEST(forward_parser, compressed_packed_forward) {
  const std::string blob = samples::entries(1000);
  const auto m = only(pack_compressed_chunk("t", blob, "id", 1000));
  EXPECT_EQ(m.content.entries.bytes, blob);
  EXPECT_LT(m.wire_bytes, blob.size());
  EXPECT_EQ(m.chunk_id, "id");
}

TEST(forward_parser, compressed_in_several_members) {
  const std::string blob = gzip(samples::entries(2)) + gzip("") + gzip(samples::entry("x", 9));
  const auto m = only("\x93" + str("t") + bin(blob) + "\x81" + str("compressed") + str("gzip"));
  EXPECT_EQ(m.content.entries.bytes, samples::entries(2) + samples::entry("x", 9));
}

TEST(forward_parser, compressed_as_text_is_not_compressed) {
  const auto m = only("\x93" + str("t") + bin("\xc0") + "\x81" + str("compressed") + str("text"));
  EXPECT_EQ(m.content.entries.bytes, "\xc0");
}

TEST(forward_parser, options_nil_missing_and_unknown) {
  EXPECT_FALSE(only("\x93" + str("t") + bin("") + "\xc0").chunk_id);
  EXPECT_FALSE(only("\x92" + str("t") + bin("")).chunk_id);
  EXPECT_FALSE(only("\x93" + str("t") + bin("") + "\x80").chunk_id);
  const auto m = only("\x93" + str("t") + bin("") + "\x86" + str("size") + str("many") + str("future") +
                      "\x92\x81\xc0\xc0\x93\xc0\xc0\xc0" + uint(5) + "\xc0" + str("chunk") + str("id") +
                      str("compressed") + "\xc0" + "\x90\xc0");
  EXPECT_EQ(m.chunk_id, "id");
}

// fluentd's ids are base64 with a line end; a client may also call them bin. They come back as str with the same bytes.
TEST(forward_parser, chunk_ids_are_kept_byte_for_byte) {
  const std::string ids[] = {"p8n9gmxTQVC8/nh2wlKKeQ==\n", std::string{"\x00\xff\xc1", 3}, std::string(256, 'i')};
  for (const std::string& id : ids) {
    EXPECT_EQ(only("\x93" + str("t") + bin("") + "\x81" + str("chunk") + str(id)).chunk_id, id);
    EXPECT_EQ(only("\x93" + str("t") + bin("") + "\x81" + str("chunk") + bin(id)).chunk_id, id);
  }
  EXPECT_EQ(only("\x93" + str("t") + bin("") + samples::chunk_option("")).chunk_id, "")
    << "an empty id still wants its ack";
  EXPECT_FALSE(only("\x93" + str("t") + bin("") + "\x81" + str("chunk") + "\xc0").chunk_id);
}

TEST(forward_parser, metrics_and_traces_are_not_applied) {
  for (uint64_t signal : {0u, 1u, 2u, 70'000u}) {
    const auto m =
      only("\x93" + str("t") + bin("") + "\x82" + str("fluent_signal") + uint(signal) + str("chunk") + str("id"));
    EXPECT_EQ(m.apply, signal == 0) << signal;
    EXPECT_EQ(m.chunk_id, "id");
  }
  EXPECT_FALSE(only("\x93" + str("t") + bin("") + "\x81" + str("fluent_signal") + "\xff").apply);
}

TEST(forward_parser, heartbeats_give_nothing) {
  forward_parser p;
  p.feed("\xc0\xc0" + pack_chunk("a", "", "", 0) + "\xc0" + pack_chunk("b", "", "", 0) + "\xc0");
  const auto m = all(p);
  ASSERT_EQ(m.size(), 2u);
  EXPECT_EQ(m[0].content.tag, "a");
  EXPECT_EQ(m[1].content.tag, "b");
  EXPECT_TRUE(p.at_boundary());
}

std::string stream_of_every_mode() {
  return samples::message_mode("m", uint(1), samples::record("e", 1), "1") + "\xc0" +
         samples::forward_mode("f", 3, "2") + pack_chunk("p", samples::entries(4), "3", 4) +
         pack_compressed_chunk("c", samples::entries(5), "4", 5) + "\xc0" + "\x93" + str("s") +
         str(samples::entry("y", 3)) + "\xc0";
}

void expect_every_mode(const std::vector<message>& m) {
  ASSERT_EQ(m.size(), 5u);
  EXPECT_EQ(m[0].content.entries.bytes, "\x92\x01" + samples::record("e", 1));
  EXPECT_EQ(m[1].content.entries.bytes, samples::entries(3));
  EXPECT_EQ(m[2].content.entries.bytes, samples::entries(4));
  EXPECT_EQ(m[3].content.entries.bytes, samples::entries(5));
  EXPECT_EQ(m[4].content.entries.bytes, samples::entry("y", 3));
  EXPECT_EQ(m[0].chunk_id, "1");
  EXPECT_EQ(m[3].chunk_id, "4");
}

TEST(forward_parser, cut_at_every_place) {
  const std::string text = stream_of_every_mode();
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    forward_parser p;
    std::vector<message> got;
    for (const auto& part : {text.substr(0, cut), text.substr(cut)}) {
      p.feed(part);
      for (auto& m : all(p)) got.push_back(std::move(m));
    }
    SCOPED_TRACE(cut);
    expect_every_mode(got);
    EXPECT_TRUE(p.at_boundary());
  }
}

TEST(forward_parser, byte_by_byte) {
  forward_parser p;
  std::vector<message> got;
  for (char c : stream_of_every_mode()) {
    p.feed({&c, 1});
    for (auto& m : all(p)) got.push_back(std::move(m));
  }
  expect_every_mode(got);
}

// Slices must stay what they were while the parser reads on into the same and into other buffers.
TEST(forward_parser, slices_outlive_what_comes_after_them) {
  auto pool = std::make_shared<buffer_pool>(limits::read_buffer_bytes_large, 2);
  forward_parser p{{}, pool};
  std::vector<message> kept;
  for (size_t i = 0; i < 200; ++i) {
    p.feed(pack_chunk("t", samples::entries(i), std::to_string(i), i));
    for (auto& m : all(p)) kept.push_back(std::move(m));
  }
  ASSERT_EQ(kept.size(), 200u);
  for (size_t i = 0; i < 200; ++i) EXPECT_EQ(kept[i].content.entries.bytes, samples::entries(i)) << i;
}

// Reading a message of 10 MiB in small pieces must neither move it each time nor take room before bytes come.
TEST(forward_parser, a_large_message_in_small_pieces_is_moved_seldom) {
  const std::string blob(10'000'000, 'b');
  const std::string text = pack_chunk("t", blob, "id", 1);
  forward_parser p;
  size_t moves = 0;
  const char* expected_next = nullptr;
  for (size_t at = 0; at < text.size();) {
    auto room = p.prepare();
    if (room.data() != expected_next) ++moves;
    const size_t n = std::min<size_t>({room.size(), 1460, text.size() - at});
    std::copy_n(text.data() + at, n, room.data());
    p.commit(n);
    expected_next = room.data() + n;
    at += n;
    if (at < text.size()) {
      ASSERT_FALSE(p.next());
    }
  }
  const auto m = p.next();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->content.entries.bytes, blob);
  EXPECT_LE(moves, 10u);
}

struct refused_case {
  const char* name;
  std::string bytes;
  const char* what;
};

class forward_parser_refuses : public testing::TestWithParam<refused_case> {};

TEST_P(forward_parser_refuses, naming_place_and_fault) {
  EXPECT_THAT(fault_of(GetParam().bytes), HasSubstr(GetParam().what));
}

std::string packed_with(const std::string& key, const std::string& value) {
  return "\x93" + str("t") + bin("xyz") + "\x81" + str(key) + value;
}

INSTANTIATE_TEST_SUITE_P(
  all, forward_parser_refuses,
  testing::Values(
    refused_case{"nil_tag", "\x93\xc0\x01\x80", "byte 1 of the stream: the tag is nil"},
    refused_case{"long_tag", "\x92" + str(std::string(1025, 't')) + bin(""),
                 "byte 1 of the stream: a tag of 1025 bytes"},
    refused_case{"map_for_time", "\x93\xa1t\x80\x80", "byte 3 of the stream: map where a time"},
    refused_case{"boolean_for_time", "\x93\xa1t\xc3\x80", "boolean where a time"},
    refused_case{"time_alone", "\x92\xa1t\x05", "a time without a record"},
    refused_case{"too_many_for_packed", "\x94" + str("t") + bin("") + "\x80\xc0",
                 "4 elements, this mode has at most 3"},
    refused_case{"options_no_map", "\x93" + str("t") + bin("") + "\x05", "options are integer, not a map"},
    refused_case{"chunk_no_str", packed_with("chunk", "\x05"), "option chunk is integer"},
    refused_case{"long_chunk", packed_with("chunk", str(std::string(257, 'i'))), "a chunk id of 257 bytes"},
    refused_case{"zstd", packed_with("compressed", str("zstd")),
                 "byte 20 of the stream: compressed = \"zstd\" is not supported"},
    refused_case{"compressed_no_str", packed_with("compressed", "\xc3"), "option compressed is boolean"},
    refused_case{"no_gzip", packed_with("compressed", str("gzip")), "byte 5 of the stream: gzip, byte"}),
  [](const auto& one) { return std::string{one.param.name}; });

TEST(forward_parser, what_came_before_a_fault_is_not_lost) {
  forward_parser p;
  const std::string good = pack_chunk("t", samples::entries(2), "id", 2);
  p.feed(good + good + "nonsense" + good);
  EXPECT_EQ(all(p).size(), 2u);
  ASSERT_TRUE(p.fault());
  EXPECT_EQ(p.fault()->offset, 2 * good.size());
  EXPECT_FALSE(p.next());
}

}  // namespace
}  // namespace cartwheel::forward
