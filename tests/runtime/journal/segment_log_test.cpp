#include "runtime/journal/segment_log.hpp"

#include "tests/runtime/journal/log_fixture.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace cartwheel {
namespace {

using test::all_from;
using test::group_of;
using test::seen_record;
using test::text_record;
using testing::ElementsAre;
using testing::HasSubstr;

using seen = std::vector<seen_record>;

class segment_log_test : public test::log_fixture {};

TEST_F(segment_log_test, begins_with_an_empty_folder) {
  auto log = open();
  EXPECT_TRUE(log.opened().fresh);
  EXPECT_FALSE(log.opened().cut);
  EXPECT_EQ(log.begin(), position{1});
  EXPECT_EQ(log.end(), position{1});
  EXPECT_TRUE(all_from(log).empty());
  EXPECT_THAT(names(), ElementsAre("00000000000000000001.segment"));
  EXPECT_EQ(files_.contents("/journal/00000000000000000001.segment").size(), segment_bytes);
}

TEST_F(segment_log_test, begins_where_it_is_told) {
  segment_log log{files_, folder, {.segment_bytes = segment_bytes, .first = position{500}}};
  EXPECT_EQ(log.append(group_of({"a"}), true), position{500});
  EXPECT_THAT(names(), ElementsAre("00000000000000000500.segment"));
}

TEST_F(segment_log_test, keeps_groups_and_counts_without_a_gap) {
  {
    auto log = open();
    EXPECT_EQ(log.append(group_of({"a", "", "ccc"}), true), position{1});
    EXPECT_EQ(log.append({}, true), position{4});
    EXPECT_EQ(log.append(group_of({"d"}), false), position{4});
    EXPECT_EQ(log.end(), position{5});
    EXPECT_EQ(all_from(log), (seen{{1, "a"}, {2, ""}, {3, "ccc", true}, {4, "d", true}}));
  }
  auto log = open();
  EXPECT_FALSE(log.opened().fresh);
  EXPECT_FALSE(log.opened().cut);
  EXPECT_EQ(log.opened().begin, position{1});
  EXPECT_EQ(log.opened().end, position{5});
  EXPECT_EQ(log.append(group_of({"e"}), true), position{5});
  EXPECT_EQ(all_from(log), (seen{{1, "a"}, {2, ""}, {3, "ccc", true}, {4, "d", true}, {5, "e", true}}));
}

TEST_F(segment_log_test, keeps_every_field) {
  record r{record_kind::outcomes, payload_format::json_document, from_unix_ms(-12'345),
           whole(std::string("\0\xff z", 4))};
  record t{record_kind::tick, payload_format::none, from_unix_ms(1'700'000'000'999), {}};
  {
    auto log = open();
    log.append(std::vector{r, t}, true);
  }
  std::vector<logged_record> read;
  open().read_from(position{1}, [&](const logged_record& l) {
    read.push_back(l);
    return true;
  });
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].what.kind, r.kind);
  EXPECT_EQ(read[0].what.format, r.format);
  EXPECT_EQ(read[0].what.received, r.received);
  EXPECT_EQ(read[0].what.payload.bytes, r.payload.bytes);
  EXPECT_EQ(read[1].what.kind, t.kind);
  EXPECT_EQ(read[1].what.received, t.received);
  EXPECT_EQ(read[1].what.payload.owner, nullptr);
}

TEST_F(segment_log_test, reads_from_a_position_until_told_to_stop) {
  auto log = open();
  for (auto text : {"a", "b", "c", "d"}) log.append(group_of({text}), false);
  EXPECT_EQ(all_from(log, position{3}), (seen{{3, "c", true}, {4, "d", true}}));
  EXPECT_TRUE(all_from(log, position{5}).empty());
  EXPECT_TRUE(all_from(log, position{99}).empty());
  int visits = 0;
  log.read_from(position{1}, [&](const logged_record&) { return ++visits < 2; });
  EXPECT_EQ(visits, 2);
}

TEST_F(segment_log_test, payloads_outlive_the_log) {
  std::vector<slice> kept;
  {
    auto log = open();
    for (int i = 0; i < 100; ++i) log.append(group_of({std::string(1000, static_cast<char>('a' + i % 26))}), false);
    log.read_from(position{1}, [&](const logged_record& r) {
      kept.push_back(r.what.payload);
      return true;
    });
  }
  ASSERT_EQ(kept.size(), 100u);
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(kept[i].bytes, std::string(1000, static_cast<char>('a' + i % 26)));
}

TEST_F(segment_log_test, goes_on_in_another_segment_when_one_is_full) {
  seen told;
  auto log = open();
  for (uint64_t i = 1; i <= 100; i += 2) {
    std::string a(700, 'a'), b(static_cast<size_t>(i) * 7, 'b');
    log.append(group_of({a, b}), i % 3 == 0);
    told.push_back({i, a});
    told.push_back({i + 1, b, true});
  }
  EXPECT_GT(names().size(), 4u);
  EXPECT_EQ(all_from(log), told);
  for (uint64_t from = 1; from <= 101; ++from)
    EXPECT_EQ(all_from(log, position{from}), (seen{told.begin() + static_cast<int>(from) - 1, told.end()}));
  auto again = open();
  EXPECT_EQ(again.opened().segments, names().size());
  EXPECT_EQ(again.opened().bytes, names().size() * segment_bytes);
  EXPECT_EQ(again.end(), position{101});
  EXPECT_EQ(all_from(again), told);
}

TEST_F(segment_log_test, skips_positions_that_were_given_to_what_is_lost) {
  for (bool empty : {true, false}) {
    test::forgetful_files disk;
    disk.make_folder("/journal");
    seen told;
    {
      auto log = open(disk);
      EXPECT_TRUE(log.begins_anew());
      if (!empty) {
        log.append(group_of({"a", "b"}), false);
        told = {{1, "a"}, {2, "b", true}};
      }
      log.skip_to(position{2});
      log.skip_to(position{100});
      log.skip_to(position{50});
      EXPECT_EQ(log.end(), position{100});
      EXPECT_EQ(log.append(group_of({"c"}), true), position{100});
    }
    told.push_back({100, "c", true});
    disk.crash(1);
    auto again = open(disk);
    EXPECT_EQ(all_from(again), told);
    EXPECT_EQ(again.end(), position{101});
    EXPECT_TRUE(again.begins_anew());
  }
}

TEST_F(segment_log_test, a_group_longer_than_a_segment_gets_one_of_its_own) {
  seen told{{1, std::string(40'000, 'x')},
            {2, std::string(50'000, 'y'), true},
            {3, "z", true},
            {4, std::string(70'000, 'w'), true}};
  auto log = open();
  log.append(group_of({told[0].text, told[1].text}), true);
  log.append(group_of({"z"}), true);
  log.append(group_of({told[3].text}), true);
  EXPECT_EQ(all_from(log), told);
  EXPECT_EQ(all_from(open()), told);
  EXPECT_EQ(names().size(), 3u);
}

TEST_F(segment_log_test, sends_what_is_not_synced_to_the_disk_in_parts) {
  segment_log log{files_, folder};
  std::string part(limits::write_behind_bytes / 4, 'x');
  for (int i = 0; i < 4; ++i) log.append(group_of({part}), false);
  EXPECT_EQ(files_.sent_bytes(), 4 * record_bytes(part.size()));
  log.append(group_of({part}), false);
  log.append(group_of({part}), true);
  for (int i = 0; i < 3; ++i) log.append(group_of({part}), false);
  EXPECT_EQ(files_.sent_bytes(), 4 * record_bytes(part.size())) << "a sync has brought the rest there";
}

TEST_F(segment_log_test, drops_what_is_synced_from_the_page_cache_in_parts) {
  segment_log log{files_, folder};
  const std::string part(limits::drop_cached_bytes / 4, 'x');
  log.append(group_of({part, part, part, part, part}), false);
  EXPECT_EQ(files_.dropped_bytes(), 0u) << "none of it is synced";
  log.append(group_of({part}), true);
  const auto six = 6 * record_bytes(part.size());
  EXPECT_EQ(files_.dropped_bytes(), six);
  log.append(group_of({part, part, part}), true);
  EXPECT_EQ(files_.dropped_bytes(), six) << "too little";
  log.append(group_of({part}), true);
  EXPECT_GE(files_.dropped_bytes(), six + 4 * record_bytes(part.size())) << "and the page that was begun before";
}

TEST_F(segment_log_test, on_real_files) {
  test::scratch_folder scratch;
  seen told;
  {
    segment_log log{real_files(), scratch / "journal", {.segment_bytes = 256 * 1024}};
    for (uint64_t i = 1; i <= 300; ++i) {
      std::string text(static_cast<size_t>(i * 37 % 10'000), static_cast<char>('a' + i % 26));
      log.append({{text_record(text)}}, i % 10 == 0);
      told.push_back({i, text, true});
    }
    EXPECT_EQ(all_from(log), told);
  }
  segment_log log{real_files(), scratch / "journal", {.segment_bytes = 256 * 1024}};
  EXPECT_GT(log.opened().segments, 4u);
  EXPECT_FALSE(log.opened().cut);
  EXPECT_EQ(all_from(log), told);
}

/// The names of a log's segments as positions.
std::vector<uint64_t> firsts(const std::vector<std::string>& names) {
  std::vector<uint64_t> all;
  for (const auto& n : names) all.push_back(count(segment_first(n).value()));
  return all;
}

class segment_log_keeps : public test::log_fixture {
 protected:
  segment_log open(milliseconds keep) { return {files_, folder, {.segment_bytes = segment_bytes, .keep = keep}}; }
  /// One record a second from `from` on, three a segment.
  static void fill(segment_log& log, int records, instant from = from_unix_ms(0)) {
    for (int i = 0; i < records; ++i)
      log.append(group_of({std::string(3600, 'x')}, from + std::chrono::seconds{i}), true);
  }
};

TEST_F(segment_log_keeps, what_is_not_below_the_position_and_what_is_young) {
  auto log = open(10s);
  fill(log, 30);  // the newest is of second 29; segments end with seconds 2, 5, 8, ..
  ASSERT_EQ(firsts(names()), (std::vector<uint64_t>{1, 4, 7, 10, 13, 16, 19, 22, 25, 28}));
  for (int i = 0; i < 20; ++i) log.truncate_below(position{4});
  EXPECT_EQ(log.begin(), position{4});
  for (int i = 0; i < 20; ++i) log.truncate_below(position{9});
  EXPECT_EQ(log.begin(), position{7}) << "a segment goes whole or not at all";
  for (int i = 0; i < 20; ++i) log.truncate_below(position{31});
  EXPECT_EQ(log.begin(), position{19}) << "the one that ends with second 20 is younger than 10 s";
  EXPECT_EQ(all_from(log).front().at, 19u);
  EXPECT_EQ(all_from(log).size(), 12u);
  auto again = open(10s);
  EXPECT_EQ(again.opened().begin, position{19});
  EXPECT_EQ(again.end(), position{31});
  EXPECT_FALSE(again.opened().cut);
}

TEST_F(segment_log_keeps, in_mind_that_it_forgot) {
  auto log = open(10s);
  fill(log, 30);
  EXPECT_TRUE(log.begins_anew());
  log.truncate_below(position{9});
  EXPECT_FALSE(log.begins_anew());
  EXPECT_FALSE(open(10s).begins_anew());
}

TEST_F(segment_log_keeps, takes_one_segment_a_call) {
  auto log = open(0ms);
  fill(log, 12);
  log.truncate_below(position{12});
  EXPECT_EQ(log.begin(), position{4});
  log.truncate_below(position{12});
  EXPECT_EQ(log.begin(), position{7});
}

TEST_F(segment_log_keeps, the_active_segment_whatever_it_is_told) {
  auto log = open(0ms);
  fill(log, 2);
  log.truncate_below(position{99});
  EXPECT_EQ(log.begin(), position{1});
  EXPECT_EQ(all_from(log).size(), 2u);
}

TEST_F(segment_log_keeps, ages_are_known_again_after_a_start) {
  {
    auto log = open(10s);
    fill(log, 30);
  }
  auto log = open(10s);
  for (int i = 0; i < 20; ++i) log.truncate_below(position{31});
  EXPECT_EQ(log.begin(), position{19});
}

TEST_F(segment_log_keeps, a_clock_that_was_wrong_for_a_while_keeps_nothing_for_ever) {
  auto log = open(10s);
  fill(log, 3, from_unix_ms(4'000'000'000'000));
  fill(log, 30);
  for (int i = 0; i < 40; ++i) log.truncate_below(position{34});
  EXPECT_EQ(log.begin(), position{22});
}

TEST_F(segment_log_keeps, gives_the_space_of_a_segment_back_in_parts) {
  constexpr uint64_t bytes = 3 * limits::segment_release_bytes;
  segment_log log{files_, folder, {.segment_bytes = bytes, .keep = 0ms}};
  for (int i = 0; i < 4; ++i) log.append(group_of({std::string(bytes / 2, 'x')}, from_unix_ms(i)), true);
  auto forgotten = files_.open(path_of(1), file_layer::access::read);
  std::vector<uint64_t> left;
  for (int i = 0; i < 5; ++i) {
    log.truncate_below(position{2});
    left.push_back(forgotten->size() / limits::segment_release_bytes);
  }
  EXPECT_THAT(left, ElementsAre(3, 2, 1, 1, 1)) << "the last part goes with the handle";
  EXPECT_EQ(log.begin(), position{2});
  EXPECT_EQ(all_from(log).size(), 3u);
}

TEST_F(segment_log_keeps, a_removal_that_fails_breaks_the_log) {
  auto log = open(0ms);
  fill(log, 12);
  files_.fail_after(2, EIO);
  log.truncate_below(position{12});
  EXPECT_THROW(log.append(group_of({"a"}), true), std::system_error);
  EXPECT_EQ(all_from(open(0ms)).size(), 9u);
}

}  // namespace
}  // namespace cartwheel
