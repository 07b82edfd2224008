#include "runtime/journal/segment_rewrite.hpp"

#include "runtime/journal/log_check.hpp"
#include "tests/runtime/journal/log_fixture.hpp"

#include <gmock/gmock.h>

#include <cerrno>

namespace cartwheel {
namespace {

using test::all_from;
using test::forgetful_files;
using test::seen_record;

bool always() { return true; }

std::optional<std::string> anonymous(const logged_record& r) {
  if (!r.what.payload.bytes.starts_with("jane")) return std::nullopt;
  return "nobody";
}

class segment_rewrite : public test::log_fixture {
 protected:
  /// Three closed segments, Jane in the first and the third, and one that is appended to.
  void fill(segment_log& log) {
    std::string padding(7'000, 'x');
    append(log, {"jane " + padding, "john " + padding}, true);
    append(log, {"john " + padding, "anna " + padding}, true);
    append(log, {"anna", "jane", "jane " + padding, "john"}, true);
    log.close_segment();
    append(log, {"jane again", "john"}, true);
  }

  rewrite_report rewrite(segment_log& log, forgetful_files& files, closed_part part) {
    return rewrite_closed(files, folder, log, part, anonymous, always);
  }
  rewrite_report rewrite(segment_log& log) { return rewrite(log, files_, {position{}, log.closed_below()}); }

  /// What is told, without Jane below `below`.
  std::vector<seen_record> without_jane(position below) const {
    auto all = told_;
    for (auto& r : all)
      if (r.text.starts_with("jane") && r.at < count(below)) r.text = "nobody";
    return all;
  }
};

TEST_F(segment_rewrite, changes_payloads_and_nothing_else) {
  auto log = open();
  fill(log);
  ASSERT_EQ(count(log.closed_below()), 9);
  auto untouched = files_.contents(path_of(3)), active = files_.contents(path_of(9));
  auto report = rewrite(log);
  EXPECT_EQ(report.segments, 2);
  EXPECT_EQ(report.records, 3);
  EXPECT_EQ(all_from(log), without_jane(position{9}));
  EXPECT_EQ(files_.contents(path_of(3)), untouched) << "it does not name her";
  EXPECT_EQ(files_.contents(path_of(9)), active) << "it is appended to";
  for (uint64_t first : {1, 5}) EXPECT_EQ(files_.contents(path_of(first)).find("jane"), std::string::npos);
  auto found = check_log(files_, folder);
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(found.all.records, 10);
  append(log, {"and on"}, true);
  EXPECT_EQ(all_from(log), without_jane(position{9}));
  EXPECT_EQ(all_from(open()), without_jane(position{9})) << "and so finds the next start";
}

TEST_F(segment_rewrite, leaves_alone_what_is_not_wholly_in_its_part) {
  auto log = open();
  fill(log);
  EXPECT_EQ(rewrite(log, files_, {position{}, position{8}}).segments, 1) << "the third ends at 9";
  EXPECT_EQ(all_from(log), without_jane(position{3}));
  EXPECT_EQ(rewrite(log, files_, {position{9}, position{9}}).segments, 0);
  EXPECT_EQ(rewrite(log, files_, {position{8}, position{9}}).segments, 1) << "it holds 8";
}

TEST_F(segment_rewrite, reads_closed_segments_in_order) {
  auto log = open();
  fill(log);
  std::vector<seen_record> read;
  read_closed(files_, folder, position{9}, [&](const logged_record& r) {
    read.push_back(test::seen(r));
    return read.size() < 7;
  });
  EXPECT_EQ(read, told_below(position{8}));
}

TEST_F(segment_rewrite, ends_when_it_is_told_to) {
  auto log = open();
  fill(log);
  int left = 6;
  rewrite_closed(files_, folder, log, {position{}, position{9}}, anonymous, [&] { return left-- > 0; });
  EXPECT_EQ(all_from(log), without_jane(position{3}));
  EXPECT_FALSE(files_.exists(std::filesystem::path{folder} / rewritten_segment_name));
}

/// Each operation in turn fails, and then the power does: every segment is as it was or as it is to be.
TEST_F(segment_rewrite, is_whole_after_a_crash_at_any_moment) {
  uint64_t operations = 0;
  {
    auto log = open();
    fill(log);
    forgetful_files copy{files_};
    segment_log on_copy{copy, folder, {.segment_bytes = segment_bytes}};
    auto before = copy.operations();
    rewrite(on_copy, copy, {position{}, position{9}});
    operations = copy.operations() - before;
  }
  ASSERT_GT(operations, 15);
  size_t old_ones = 0, new_ones = 0;
  for (uint64_t n = 0; n < operations; ++n) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      forgetful_files files{files_};
      {
        auto log = open(files);
        files.fail_after(n, EIO, seed);
        EXPECT_THROW(rewrite(log, files, {position{}, position{9}}), std::system_error);
        files.fail_never();
      }
      if (seed != 0) files.crash(n * 4 + seed);
      auto log = open(files);
      auto found = check_log(files, folder);
      ASSERT_TRUE(found.damage.empty()) << found.damage.front().what();
      auto read = all_from(log);
      bool same = read == told_, first = read == without_jane(position{3}), both = read == without_jane(position{9});
      ASSERT_TRUE(same || first || both) << "operation " << n << ", seed " << seed;
      old_ones += same;
      new_ones += both;
      ASSERT_FALSE(files.exists(std::filesystem::path{folder} / rewritten_segment_name));
      rewrite(log, files, {position{}, position{9}});
      ASSERT_EQ(all_from(log), without_jane(position{9}));
    }
  }
  EXPECT_GT(old_ones, 0);
  EXPECT_GT(new_ones, 0);
}

/// Somebody appends, and forgets, before each operation in turn.
TEST_F(segment_rewrite, goes_on_while_the_log_does) {
  for (uint64_t n = 0; n < 24; ++n) {
    for (bool forgets : {false, true}) {
      forgetful_files files;
      told_.clear();
      segment_log log{files, folder, {.segment_bytes = segment_bytes, .keep = 1s}};
      fill(log);
      files.when_after(n, [&] {
        std::string more(3'000, 'y');
        log.append(test::group_of({"john " + more, "jane " + more}, from_unix_ms(1 + 60'000)), true);
        if (forgets) log.truncate_below(position{9});
      });
      rewrite(log, files, {position{}, position{9}});
      auto found = check_log(files, folder);
      ASSERT_TRUE(found.damage.empty()) << found.damage.front().what() << ", operation " << n;
      for (const auto& r : all_from(log))
        if (r.at < 9) {
          ASSERT_FALSE(r.text.starts_with("jane")) << r.at << ", operation " << n;
        }
      segment_log again{files, folder, {.segment_bytes = segment_bytes}};
      ASSERT_EQ(count(again.end()), 13);
    }
  }
}

TEST_F(segment_rewrite, tells_of_damage) {
  auto log = open();
  fill(log);
  auto bytes = files_.contents(path_of(5));
  bytes[segment_header_bytes + record_header_bytes] ^= 1;
  files_.replace(path_of(5), bytes);
  EXPECT_THROW(rewrite(log), log_damage);
}

TEST_F(segment_rewrite, a_segment_is_closed_once) {
  auto log = open();
  log.close_segment();
  append(log, {"a"}, true);
  EXPECT_EQ(names().size(), 1) << "an empty one need not be closed";
  log.close_segment();
  log.close_segment();
  append(log, {"b"}, false);
  append(log, {"c"}, true);
  EXPECT_EQ(count(log.closed_below()), 2);
  EXPECT_EQ(names().size(), 2);
  EXPECT_EQ(count(open().closed_below()), 2);
}

}  // namespace
}  // namespace cartwheel
