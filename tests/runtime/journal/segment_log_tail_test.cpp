#include "runtime/journal/segment_log.hpp"

#include "runtime/base/crc32c.hpp"
#include "runtime/journal/log_check.hpp"
#include "runtime/journal/log_repair.hpp"
#include "tests/runtime/journal/log_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

namespace cartwheel {
namespace {

using test::all_from;
using test::forgetful_files;
using test::group_of;
using test::seen_record;
using testing::HasSubstr;

/// What a crash may leave, and what it cannot have left.
class segment_log_tail : public test::log_fixture {
 protected:
  /// Where the next group goes.
  static uint64_t end_offset(const segment_log& log) {
    uint64_t offset = segment_header_bytes;
    log.read_from(position{0}, [&](const logged_record& r) {
      offset += record_bytes(r.what.payload.bytes.size());
      return true;
    });
    return offset;
  }

  std::string damage(forgetful_files& files) {
    try {
      auto log = open(files);
      all_from(log);
    } catch (const log_damage& d) {
      return d.what();
    }
    return "none";
  }
};

TEST_F(segment_log_tail, torn_at_every_byte_of_the_last_group) {
  uint64_t begin = 0, end = 0;
  {
    auto log = open();
    append(log, {"first"}, true);
    begin = end_offset(log);
    append(log, {"a", std::string(1500, 'b'), "c"}, true);
    end = end_offset(log);
  }
  auto whole = files_.contents(path_of(1));
  for (uint64_t at = begin; at < end; ++at) {
    auto zeros = whole, garbage = whole, hole = whole;
    std::fill(zeros.begin() + static_cast<std::ptrdiff_t>(at), zeros.end(), '\0');
    std::fill(garbage.begin() + static_cast<std::ptrdiff_t>(at), garbage.begin() + static_cast<std::ptrdiff_t>(end),
              '\xa5');
    if (hole[at] == '\0') continue;  // as it would be
    hole[at] = '\0';
    for (const auto& torn : {zeros, garbage, hole, whole.substr(0, at)}) {
      forgetful_files files{files_};
      files.replace(path_of(1), torn);
      {
        auto log = open(files);
        ASSERT_EQ(log.end(), position{2}) << at;
        ASSERT_EQ(all_from(log), told_below(position{2})) << at;
        const auto& cut = log.opened().cut;
        bool blank =
          std::all_of(torn.begin() + static_cast<std::ptrdiff_t>(begin), torn.end(), [](char c) { return c == 0; });
        ASSERT_EQ(cut.has_value(), !blank) << at;
        if (cut) {
          EXPECT_EQ(cut->file, path_of(1));
          EXPECT_EQ(cut->offset, begin);
          EXPECT_EQ(cut->first, position{2});
          EXPECT_LE(cut->bytes, end - begin);
          EXPECT_GT(cut->offset + cut->bytes, begin);
        }
        // What was cut does not come back behind what is written now.
        log.append(group_of({"A"}), true);
      }
      auto log = open(files);
      ASSERT_FALSE(log.opened().cut) << at;
      ASSERT_EQ(all_from(log), (std::vector<seen_record>{{1, "first", true}, {2, "A", true}})) << at;
    }
  }
}

TEST_F(segment_log_tail, a_report_says_what_was_cut) {
  uint64_t begin = 0;
  {
    auto log = open();
    append(log, {"first"}, true);
    begin = end_offset(log);
    append(log, {"a", "b", "c"}, false);
  }
  auto bytes = files_.contents(path_of(1));
  bytes[begin + 2 * record_bytes(1) + record_header_bytes] = 'x';  // the payload of the third
  files_.replace(path_of(1), bytes);
  auto log = open();
  ASSERT_TRUE(log.opened().cut);
  EXPECT_EQ(to_string(*log.opened().cut), "/journal/00000000000000000001.segment: a torn tail of " +
                                            std::to_string(3 * record_bytes(1)) + " bytes at offset " +
                                            std::to_string(begin) + ", positions 2 to 3");
}

TEST_F(segment_log_tail, any_part_of_what_was_not_synced_may_be_missing) {
  {
    auto log = open();
    append(log, {"synced"}, true);
    for (auto text : {"a", "b", "c"}) append(log, {text}, false);
  }
  auto bytes = files_.contents(path_of(1));
  // "a" is gone, "b" and "c" are there.
  std::fill_n(bytes.begin() + segment_header_bytes + record_bytes(6), record_bytes(1), '\0');
  files_.replace(path_of(1), bytes);
  auto log = open();
  EXPECT_EQ(all_from(log), told_below(position{2}));
  ASSERT_TRUE(log.opened().cut);
  EXPECT_EQ(log.opened().cut->first, position{2});
  EXPECT_EQ(log.opened().cut->newest, position{4});
}

TEST_F(segment_log_tail, a_hole_in_what_was_synced_is_damage) {
  {
    auto log = open();
    append(log, {"synced"}, true);
    append(log, {"a"}, true);
    append(log, {"b"}, false);
  }
  auto bytes = files_.contents(path_of(1));
  auto hole = segment_header_bytes + record_bytes(6);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(hole), record_bytes(1), '\0');
  files_.replace(path_of(1), bytes);
  auto said = damage(files_);
  EXPECT_THAT(said, HasSubstr("/journal/00000000000000000001.segment: damaged at offset " + std::to_string(hole) +
                              ", position 2: no record begins here, and a later record, of position 3, says that all "
                              "below 3 was synced"));
  EXPECT_EQ(files_.contents(path_of(1)), bytes) << "a refused log is left as it is";
}

TEST_F(segment_log_tail, a_payload_that_looks_like_a_record_proves_nothing) {
  std::string forged(record_header_bytes, '\0');
  {
    auto log = open();
    append(log, {"first"}, true);
  }
  // All that somebody can know who has not seen the file: everything but its mark.
  encode({0, position{99}, position{99}, position{99}, {}, record_kind::events, payload_format::none, true},
         draw_mark(), "", forged.data());
  {
    auto log = open();
    append(log, {"torn"}, false);
    append(log, {forged}, false);
  }
  auto bytes = files_.contents(path_of(1));
  bytes[segment_header_bytes + record_bytes(5)] ^= 1;
  files_.replace(path_of(1), bytes);
  auto log = open();
  EXPECT_EQ(all_from(log), told_below(position{2}));
}

TEST_F(segment_log_tail, a_full_segment_was_synced_before_the_next_one_came) {
  {
    auto log = open();
    while (names().size() < 2) append(log, {std::string(5000, 'x')}, false);
  }
  auto bytes = files_.contents(path_of(1));
  auto last = bytes.find_last_of('x');
  bytes[last] = 'y';
  files_.replace(path_of(1), bytes);
  EXPECT_THAT(damage(files_), HasSubstr("00000000000000000001.segment: damaged at offset"));
}

TEST_F(segment_log_tail, a_missing_segment_is_damage_but_the_oldest_may_be_gone) {
  {
    auto log = open();
    while (names().size() < 4) append(log, {std::string(5000, 'x')}, true);
  }
  auto all = names();
  for (size_t i = 0; i < all.size(); ++i) {
    forgetful_files files{files_};
    files.remove(std::filesystem::path{folder} / all[i]);
    auto said = damage(files);
    if (i == 0 || i == 3)
      EXPECT_EQ(said, "none");
    else
      EXPECT_THAT(said, HasSubstr(all[i + 1] + ": damaged at offset 0, position " +
                                  std::to_string(count(*segment_first(all[i + 1]))) + ": the segment before it"));
  }
}

TEST_F(segment_log_tail, a_segment_under_another_name_is_damage) {
  {
    auto log = open();
    append(log, {"a"}, true);
  }
  files_.rename(path_of(1), path_of(7));
  EXPECT_THAT(damage(files_), HasSubstr("its header says position 1"));
}

TEST_F(segment_log_tail, another_format_is_refused_and_named) {
  {
    auto log = open();
    append(log, {"a"}, true);
  }
  auto bytes = files_.contents(path_of(1));
  bytes[8] = 2;
  files_.replace(path_of(1), bytes);
  EXPECT_THAT(damage(files_), HasSubstr("its header is damaged (CRC-32C)"));
  // As that version would write it.
  auto page = bytes.substr(0, segment_header_bytes);
  auto sum = crc32c(page.substr(16), crc32c(page.substr(0, 12)));
  std::memcpy(bytes.data() + 12, &sum, sizeof sum);
  files_.replace(path_of(1), bytes);
  EXPECT_THAT(damage(files_), HasSubstr("has format 2, which is not known to this version (it knows 1)"));
  EXPECT_EQ(check_log(files_, folder).damage.size(), 1u);
  EXPECT_THROW(repair_log(files_, folder), std::runtime_error) << "what is not known is not damaged";
  EXPECT_EQ(names().size(), 1u);
}

TEST_F(segment_log_tail, a_segment_that_was_being_made_is_made_again) {
  {
    auto log = open();
    append(log, {"a"}, true);
  }
  write_fully(*files_.create(std::filesystem::path{folder} / unborn_segment_name), 0, "half");
  auto log = open();
  while (names().size() < 2) append(log, {std::string(5000, 'x')}, true);
  EXPECT_EQ(all_from(log), told_);
}

TEST_F(segment_log_tail, names_of_others_are_left_alone) {
  {
    auto log = open();
    append(log, {"a"}, true);
  }
  for (auto name : {"lost+found", "1.segment", "00000000000000000009.segment.damaged", "x0000000000000000009.segment"})
    files_.create(std::filesystem::path{folder} / name);
  EXPECT_EQ(all_from(open()), told_);
  EXPECT_EQ(names().size(), 5u);
}

/// A log of two segments whose last two groups are not synced.
class segment_log_flips : public segment_log_tail {
 protected:
  static constexpr uint64_t short_segment = segment_header_bytes + 1024;

  static segment_log open(forgetful_files& files) { return {files, folder, {.segment_bytes = short_segment}}; }

  void write_log() {
    auto log = open(files_);
    append(log, {"a", "bb"}, true);
    append(log, {std::string(600, 'c')}, false);
    append(log, {"d", "", std::string(99, 'e')}, true);
    append(log, {"f"}, true);
    append(log, {"g", std::string(55, 'h')}, false);
    append(log, {"i"}, false);
    ASSERT_EQ(names().size(), 2u);
    proven_ = position{8};  // of "g"
  }

  position proven_{};
};

TEST_F(segment_log_flips, are_told_or_cut_and_never_believed) {
  write_log();
  size_t damaged = 0, cut = 0, unread = 0;
  for (const auto& name : names()) {
    auto path = std::filesystem::path{folder} / name;
    auto whole = files_.contents(path);
    for (size_t at = 0; at < whole.size(); ++at) {
      // In long runs of zeros one bit of each byte must do.
      bool busy = at < 64 || (at >= segment_header_bytes && whole[at] != '\0');
      for (int bit = busy ? 0 : static_cast<int>(at % 8); bit < 8; bit += busy ? 1 : 8) {
        auto flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
        forgetful_files files{files_};
        files.replace(path, flipped);
        auto found = check_log(files, folder);
        ASSERT_TRUE(!found.damage.empty() || found.cut) << name << " " << at;
        try {
          auto log = open(files);
          auto read = all_from(log);
          ASSERT_GE(log.end(), proven_) << name << " " << at;
          ASSERT_EQ(read, told_below(log.end())) << name << " " << at;
          ASSERT_TRUE(read.back().closes_group);
          if (log.opened().cut) {
            ++cut;
          } else {  // behind the last record of a full segment
            ASSERT_EQ(read, told_) << name << " " << at;
            ASSERT_FALSE(found.damage.empty());
            ++unread;
          }
        } catch (const log_damage& d) {
          ASSERT_THAT(d.what(), HasSubstr("/journal/0"));
          ASSERT_FALSE(found.damage.empty()) << name << " " << at;
          ++damaged;
        }
      }
    }
  }
  EXPECT_GT(damaged, 5000u);
  EXPECT_GT(cut, 1000u);
  EXPECT_GT(unread, 10u);
}

TEST_F(segment_log_flips, are_repaired_up_to_the_flip) {
  write_log();
  for (const auto& name : names()) {
    auto path = std::filesystem::path{folder} / name;
    auto whole = files_.contents(path);
    for (size_t at = 0; at < whole.size(); at += at < 64 || at >= segment_header_bytes ? 1 : 501) {
      auto flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
      forgetful_files files{files_};
      files.replace(path, flipped);
      auto before = check_log(files, folder);
      auto done = repair_log(files, folder);
      ASSERT_EQ(done.damage.empty(), before.damage.empty()) << name << " " << at;
      if (!done.damage.empty()) {
        // Nothing is deleted.
        bool kept = false;
        for (const auto& p : done.aside) kept |= files.contents(p) == flipped;
        ASSERT_TRUE(kept) << name << " " << at;
      }
      ASSERT_TRUE(check_log(files, folder).damage.empty()) << name << " " << at;
      ASSERT_TRUE(repair_log(files, folder).damage.empty()) << name << " " << at;
      auto log = open(files);
      auto read = all_from(log);
      if (done.gap) {
        ASSERT_EQ(read, told_below(done.gap->first)) << name << " " << at;
        ASSERT_EQ(log.end(), done.gap->second);
        ASSERT_GT(log.end(), position{10}) << "positions are not given again";
        if (before.damage.front().offset >= segment_header_bytes) {
          ASSERT_LE(done.gap->first, before.damage.front().at);
        }
      } else {
        ASSERT_EQ(read, told_below(log.end()));
      }
      read.push_back({count(log.append(group_of({"after"}), true)), "after", true});
      ASSERT_EQ(all_from(log), read) << name << " " << at;
      ASSERT_EQ(all_from(open(files)), read) << name << " " << at;
    }
  }
}

}  // namespace
}  // namespace cartwheel
