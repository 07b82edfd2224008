#include "runtime/journal/segment_reader.hpp"

#include "runtime/journal/limits.hpp"
#include "runtime/journal/segment_folder.hpp"
#include "tests/support/forgetful_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::HasSubstr;

constexpr uint64_t mark = 0x0123456789abcdef;

/// A segment put together by hand: sound records that a log would not have written like that.
class made_up_segment : public testing::Test {
 protected:
  void add(uint64_t at, uint64_t group_first, bool closes_group, std::string_view payload = "x") {
    std::string bytes(record_bytes(payload.size()), '\0');
    record_header h{static_cast<uint32_t>(payload.size()),  position{at},        position{group_first}, position{1},
                    from_unix_ms(static_cast<int64_t>(at)), record_kind::events, payload_format::text,  closes_group};
    encode(h, mark, payload, bytes.data());
    payload.copy(bytes.data() + record_header_bytes, payload.size());
    bytes_ += bytes;
  }

  segment_reader reader() {
    files_.replace("/a", bytes_);
    return {files_.open("/a", file_layer::access::read), header_};
  }

  /// Why the log cannot be read up to a position.
  std::string refusal(uint64_t end) {
    auto r = reader();
    try {
      read_up_to(r, position{end}, [](const auto&) { return true; });
    } catch (const log_damage& d) {
      return d.what();
    }
    return "none";
  }

  segment_header header_{mark, position{5}, position{1}, position{5}, from_unix_ms(4)};
  std::string bytes_ = encode(header_);
  test::forgetful_files files_;
};

TEST_F(made_up_segment, of_sound_groups_is_read) {
  add(5, 5, false);
  add(6, 5, true);
  add(7, 7, true);
  EXPECT_EQ(refusal(8), "none");
  auto r = reader();
  EXPECT_EQ(r.here().at, position{5});
  EXPECT_EQ(r.here().newest, from_unix_ms(4));
  r.next();
  EXPECT_EQ(r.here().at, position{6});
  EXPECT_EQ(r.whole_groups().at, position{5}) << "half a group is none";
  r.next();
  EXPECT_EQ(r.whole_groups().at, position{7});
  EXPECT_EQ(r.whole_groups().newest, from_unix_ms(6));
  ASSERT_TRUE(r.next());
  EXPECT_FALSE(r.next());
  EXPECT_EQ(r.missing(), "the file ends");
}

TEST_F(made_up_segment, with_a_position_left_out) {
  add(5, 5, true);
  add(7, 7, true);
  EXPECT_THAT(refusal(8), HasSubstr("damaged at offset 4160, position 6: the record of position 7 stands here"));
}

TEST_F(made_up_segment, with_a_position_twice) {
  add(5, 5, true);
  add(5, 5, true);
  EXPECT_THAT(refusal(7), HasSubstr("position 6: the record of position 5 stands here"));
}

TEST_F(made_up_segment, with_a_record_of_another_group) {
  add(5, 5, false);
  add(6, 6, true);
  EXPECT_THAT(refusal(7), HasSubstr("position 6: a record of the group from 6 on stands in the one from 5 on"));
}

TEST_F(made_up_segment, with_a_group_that_does_not_end) {
  add(5, 5, true);
  add(6, 6, false);
  add(7, 6, false);
  EXPECT_THAT(refusal(8), HasSubstr("damaged at offset 4160, position 6: the end of a group is missing"));
}

TEST_F(made_up_segment, with_fewer_records_than_its_follower_says) {
  add(5, 5, true);
  EXPECT_THAT(refusal(7), HasSubstr("position 6: the file ends"));
  bytes_ += std::string(100, '\0');
  EXPECT_THAT(refusal(7), HasSubstr("position 6: no record begins here"));
}

TEST_F(made_up_segment, with_more_records_than_its_follower_says) {
  add(5, 5, true);
  add(6, 6, true);
  auto r = reader();
  EXPECT_TRUE(read_up_to(r, position{6}, [](const auto&) { return true; }));
  auto beyond = r.look_beyond();
  EXPECT_EQ(beyond.newest, position{6});
  EXPECT_EQ(beyond.end, bytes_.size());
}

TEST_F(made_up_segment, whose_records_cross_blocks_and_are_longer_than_one) {
  std::vector<std::string> payloads;
  uint64_t at = 5;
  for (size_t bytes : {size_t{1}, limits::segment_block_bytes - 300, size_t{500}, 3 * limits::segment_block_bytes + 1,
                       size_t{0}, limits::segment_block_bytes, size_t{7}}) {
    payloads.emplace_back(bytes, static_cast<char>('a' + at));
    add(at, at, true, payloads.back());
    ++at;
  }
  std::vector<slice> read;
  {
    auto r = reader();
    while (auto entry = r.next()) read.push_back(entry->record.what.payload);
    EXPECT_EQ(r.here().offset, bytes_.size());
  }
  ASSERT_EQ(read.size(), payloads.size());
  for (size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].bytes, payloads[i]) << "also when the reader is gone";
}

TEST_F(made_up_segment, whose_later_records_stand_blocks_away) {
  add(5, 5, true);
  bytes_ += std::string(3 * limits::segment_block_bytes - bytes_.size() % 8, '\0');
  add(9, 9, true);
  bytes_ += std::string(limits::segment_block_bytes, '\0');
  auto r = reader();
  r.next();
  EXPECT_FALSE(r.next());
  auto beyond = r.look_beyond();
  EXPECT_EQ(beyond.newest, position{9});
  EXPECT_EQ(beyond.durable_below, position{1});
  EXPECT_EQ(beyond.end, bytes_.size() - limits::segment_block_bytes);
}

}  // namespace
}  // namespace cartwheel
