#include "runtime/journal/segment_log.hpp"

#include "runtime/journal/log_check.hpp"
#include "tests/runtime/journal/log_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <random>

namespace cartwheel {
namespace {

using test::all_from;
using test::forgetful_files;
using test::seen_record;

/// One log through several lives, and what must be true of it at the start of each.
class lives {
 public:
  static constexpr const char* folder = "/journal";

  explicit lives(uint64_t seed) : random_{seed} {}

  /// Opens the log, checks it against what it was told, and lets it live for a while.
  void live(bool with_faults) {
    if (with_faults && one_in(3)) files_.fail_after(below(12), one_in(2) ? EIO : ENOSPC, random_());
    std::optional<segment_log> log;
    try {
      open(log);
    } catch (const std::system_error&) {
      ASSERT_TRUE(files_.has_failed());
      open(log);
    }
    files_.fail_never();
    ASSERT_NO_FATAL_FAILURE(check(*log));
    if (with_faults && one_in(2)) files_.fail_after(below(120), one_in(2) ? EIO : ENOSPC, random_());
    if (one_in(4)) files_.shorten_writes(1 + below(700));
    for (uint64_t n = below(40); n > 0 && !broken_; --n) step(*log);
    if (!broken_) return;
    EXPECT_TRUE(files_.has_failed());
    EXPECT_THROW(log->append(test::group_of({"after"}), true), std::system_error);
    EXPECT_THROW(log->sync(), std::system_error);
    EXPECT_THROW(all_from(*log), std::system_error);
  }

  /// Killed, the process leaves what it wrote; without power the machine does not.
  void die() {
    files_.fail_never();
    files_.shorten_writes(UINT64_MAX);
    if (!one_in(3)) files_.crash(random_());
    broken_ = false;
  }

  size_t cuts = 0, failures = 0, records = 0;

 private:
  uint64_t below(uint64_t end) { return random_() % end; }
  bool one_in(uint64_t n) { return below(n) == 0; }

  void open(std::optional<segment_log>& log) {
    log.emplace(files_, folder, segment_log::options{.segment_bytes = 8 * 1024, .keep = 5s});
  }

  void check(const segment_log& log) {
    ASSERT_GE(log.end(), acked_) << "what was acknowledged is there";
    ASSERT_LE(log.begin(), std::max(forgotten_below_, position{1})) << "nothing is forgotten that must be kept";
    told_.erase(std::find_if(told_.begin(), told_.end(), [&](const auto& r) { return r.at >= count(log.end()); }),
                told_.end());
    auto from = std::find_if(told_.begin(), told_.end(), [&](const auto& r) { return r.at >= count(log.begin()); });
    auto read = all_from(log);
    ASSERT_EQ(read, (std::vector<seen_record>{from, told_.end()})) << "in order, and nothing is invented";
    ASSERT_EQ(count(log.end()), told_.empty() ? 1 : told_.back().at + 1);
    ASSERT_TRUE(read.empty() || read.back().closes_group) << "all of a group or none of it";
    acked_ = log.end();  // what a start has seen stays
    cuts += log.opened().cut.has_value();
    auto found = check_log(files_, folder);
    ASSERT_TRUE(found.damage.empty()) << found.damage.front().what();
    ASSERT_FALSE(found.cut);
    ASSERT_EQ(found.all.records, read.size());
    records += read.size();
  }

  void step(segment_log& log) {
    try {
      if (one_in(8)) {
        log.sync();
        acked_ = log.end();
      } else if (one_in(10)) {
        position keep{below(count(log.end()) + 1)};
        forgotten_below_ = std::max(forgotten_below_, keep);
        log.truncate_below(keep);
      } else {
        append(log);
      }
    } catch (const std::system_error&) {
      broken_ = true;
      ++failures;
    }
  }

  void append(segment_log& log) {
    bool synced = one_in(2);
    std::vector<std::string> texts;
    for (uint64_t n = 1 + below(5); n > 0; --n) {
      uint64_t bytes = one_in(30) ? below(12'000) : below(one_in(5) ? 3000 : 200);
      texts.emplace_back(bytes, static_cast<char>('a' + below(26)));
    }
    uint64_t at = count(log.end());
    // Told before it is asked for: a group that fails may be there all the same.
    for (const auto& t : texts) told_.push_back({at++, t, false});
    told_.back().closes_group = true;
    now_ += milliseconds{below(2000)};
    auto first = log.append(test::group_of(texts, now_), synced);
    ASSERT_EQ(count(first), at - texts.size());
    if (synced) acked_ = log.end();
  }

  std::mt19937_64 random_;
  forgetful_files files_;
  std::vector<seen_record> told_;
  position acked_{1};
  position forgotten_below_{};
  instant now_ = from_unix_ms(0);
  bool broken_ = false;
};

/// CARTWHEEL_SEED=N runs one seed alone, CARTWHEEL_SEEDS=N more of them.
void for_seeds(uint64_t seeds, const std::function<void(uint64_t)>& run) {
  if (const char* one = std::getenv("CARTWHEEL_SEED")) return run(std::strtoull(one, nullptr, 10));
  if (const char* many = std::getenv("CARTWHEEL_SEEDS")) seeds = std::strtoull(many, nullptr, 10);
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("CARTWHEEL_SEED=" + std::to_string(seed));
    run(seed);
    if (testing::Test::HasFailure()) return;
  }
}

void run_lives(bool with_faults) {
  size_t cuts = 0, failures = 0, records = 0, seeds = 0;
  for_seeds(400, [&](uint64_t seed) {
    lives log{seed};
    for (int life = 0; life < 8 && !testing::Test::HasFatalFailure(); ++life) {
      log.live(with_faults);
      log.die();
    }
    cuts += log.cuts;
    failures += log.failures;
    records += log.records;
    ++seeds;
  });
  std::cout << seeds << " seeds: " << records << " records read again, " << cuts << " torn tails, " << failures
            << " failures\n";
  if (seeds < 100) return;
  EXPECT_GT(cuts, seeds / 4);
  EXPECT_EQ(failures > seeds / 4, with_faults);
}

TEST(segment_log_crash, loses_nothing_that_was_synced) { run_lives(false); }

TEST(segment_log_crash, loses_nothing_that_was_synced_when_operations_fail) { run_lives(true); }

/// Every operation of a short life fails once; then the log is opened again, after a crash and without one.
class segment_log_fault : public testing::TestWithParam<int> {
 protected:
  static constexpr const char* folder = "/journal";

  static segment_log open(forgetful_files& files) { return {files, folder, {.segment_bytes = 8 * 1024, .keep = 1s}}; }

  struct life {
    std::vector<seen_record> told;
    position acked{1};
    size_t refusals = 0;
  };

  /// Appends until it fails, and once more after that.
  static life run(forgetful_files& files) {
    life l;
    std::optional<segment_log> log;
    try {
      log.emplace(files, folder, segment_log::options{.segment_bytes = 8 * 1024, .keep = 1s});
    } catch (const std::system_error& e) {
      ++l.refusals;
      EXPECT_THAT(e.what(), testing::StartsWith("/"));
      return l;
    }
    for (uint64_t i = 0; i < 16; ++i) {
      auto group =
        test::group_of({std::string(i * 200, 'a'), std::string(500, 'b')}, from_unix_ms(static_cast<int64_t>(i) * 500));
      bool synced = i % 3 != 1;
      uint64_t at = count(log->end());
      if (l.refusals == 0) {
        l.told.push_back({at, std::string{group[0].payload.bytes}, false});
        l.told.push_back({at + 1, std::string{group[1].payload.bytes}, true});
      }
      try {
        log->append(group, synced);
        EXPECT_EQ(l.refusals, 0u) << "a log that has failed takes nothing more";
        if (synced) l.acked = log->end();
        log->truncate_below(l.acked);
      } catch (const std::system_error& e) {
        ++l.refusals;
        EXPECT_THAT(e.what(), testing::StartsWith("/journal"));
      }
    }
    try {
      log->sync();  // tells of what truncate_below could not do
    } catch (const std::system_error&) {
      ++l.refusals;
    }
    return l;
  }
};

TEST_P(segment_log_fault, at_each_operation_is_told_and_loses_nothing) {
  uint64_t operations = 0;
  {
    forgetful_files files;
    auto l = run(files);
    EXPECT_EQ(l.refusals, 0u);
    EXPECT_EQ(l.acked, position{33});
    operations = files.operations();
  }
  EXPECT_GT(operations, 50u);
  for (uint64_t n = 0; n < operations; ++n)
    for (uint64_t seed = 0; seed < 12; ++seed) {
      forgetful_files files;
      if (seed % 3 == 1) files.shorten_writes(100 + 50 * seed);
      files.fail_after(n, GetParam(), seed);
      auto l = run(files);
      ASSERT_TRUE(files.has_failed());
      ASSERT_GT(l.refusals, 0u) << n << " " << seed;
      files.shorten_writes(UINT64_MAX);
      if (seed % 2 == 0) files.crash(seed);
      for (uint64_t starts = 0; starts < 3; ++starts) {
        auto log = open(files);
        ASSERT_GE(log.end(), l.acked) << n << " " << seed;
        std::vector<seen_record> expected;
        for (const auto& r : l.told)
          if (r.at >= count(log.begin()) && r.at < count(log.end())) expected.push_back(r);
        ASSERT_EQ(all_from(log), expected) << n << " " << seed;
        l.told = std::move(expected);
        // What the start has seen must stay, and what is written now.
        if (starts == 1) {
          l.told.push_back({count(log.append(test::group_of({"later"}), true)), "later", true});
        }
        l.acked = log.end();
        files.crash(seed + 100 * starts);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(, segment_log_fault, testing::Values(EIO, ENOSPC),
                         [](const auto& i) { return i.param == EIO ? "EIO" : "ENOSPC"; });

TEST(segment_log, tells_the_first_error_again) {
  forgetful_files files;
  segment_log log{files, "/journal", {.segment_bytes = 8 * 1024}};
  files.fail_after(1, EIO);
  auto text = [&] {
    try {
      log.append(test::group_of({"a"}), true);
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::io_error);
      return std::string{e.what()};
    }
    return std::string{};
  };
  EXPECT_THAT(text(), testing::HasSubstr("00000000000000000001.segment: fdatasync: Input/output error"));
  EXPECT_THAT(text(), testing::HasSubstr("/journal: takes nothing more after an earlier error (/journal/0000"));
}

}  // namespace
}  // namespace cartwheel
