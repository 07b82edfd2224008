#include "runtime/journal/committer.hpp"

#include "runtime/journal/limits.hpp"
#include "tests/support/memory_journal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <map>
#include <string>
#include <system_error>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'700'000'000'250);

record text_record(std::string text) {
  return {record_kind::events, payload_format::text, start, whole(std::move(text))};
}

/// A log in memory that can be held up inside append, broken, and asked what it was told.
class watched_journal final : public journal {
 public:
  position append(std::span<const record> group, bool synced) override {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (broken_) throw std::system_error{std::make_error_code(std::errc::no_space_on_device), "segment 7"};
    groups_.push_back(group.size());
    if (synced) ++syncs_;
    return log_.append(group, synced);
  }
  void sync() override {
    std::lock_guard lock{mutex_};
    ++syncs_;
    changed_.notify_all();
  }
  void read_from(position from, const std::function<bool(const logged_record&)>& visit) const override {
    log_.read_from(from, visit);
  }
  void truncate_below(position keep) override {
    log_.truncate_below(keep);
    std::lock_guard lock{mutex_};
    kept_ = keep;
    changed_.notify_all();
  }
  void skip_to(position to) override { log_.skip_to(to); }
  bool begins_anew() const override { return log_.begins_anew(); }
  position begin() const override { return log_.begin(); }
  position end() const override { return log_.end(); }

  void hold(bool held) {
    std::lock_guard lock{mutex_};
    held_ = held;
    changed_.notify_all();
  }
  void break_now() {
    std::lock_guard lock{mutex_};
    broken_ = true;
  }
  void await_appends(int n) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return waiting_ >= n; });
  }
  void await_truncated(position keep) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return kept_ >= keep; });
  }
  void await_syncs(int n) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return syncs_ >= n; });
  }
  std::vector<size_t> groups() const { return groups_; }
  int syncs() const {
    std::lock_guard lock{mutex_};
    return syncs_;
  }
  int appends() const {
    std::lock_guard lock{mutex_};
    return waiting_;
  }

 private:
  memory_journal log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false, broken_ = false;
  int waiting_ = 0, syncs_ = 0;
  position kept_{};
  std::vector<size_t> groups_;
};

/// Takes what the committer hands on, on the committer's thread, and lets a test wait for it.
class audience {
 public:
  committer::hooks hooks() {
    return {[this](committed_epoch e) {
              std::lock_guard lock{mutex_};
              epochs_.push_back(std::move(e));
              changed_.notify_all();
            },
            [this](const std::string& why) {
              std::lock_guard lock{mutex_};
              failures_.push_back(why);
            }};
  }
  void await_epochs(size_t n) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return epochs_.size() >= n; });
  }
  void await_ticks(size_t n) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] {
      size_t ticks = 0;
      for (const auto& e : epochs_) ticks += e.tick;
      return ticks >= n;
    });
  }
  // For after stop().
  const std::vector<committed_epoch>& epochs() const { return epochs_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<committed_epoch> epochs_;
  std::vector<std::string> failures_;
};

/// Numbers and positions without a gap, and the log holding exactly what the epochs say.
void expect_contiguous(const std::vector<committed_epoch>& epochs, const journal& log) {
  std::vector<std::pair<record_kind, std::string>> told;
  uint64_t number = 0, at = 1;
  for (const auto& e : epochs) {
    EXPECT_EQ(count(e.number), ++number);
    EXPECT_EQ(count(e.first), at);
    EXPECT_TRUE(e.tick || !e.entries.empty());
    at += e.entries.size() + e.tick;
    for (const auto& s : e.entries) told.emplace_back(s.what.kind, s.what.payload.bytes);
    if (e.tick) told.emplace_back(record_kind::tick, "");
  }
  EXPECT_EQ(count(log.end()), at);
  size_t read = 0;
  log.read_from(position{1}, [&](const logged_record& r) {
    EXPECT_EQ(count(r.at), read + 1);
    EXPECT_EQ(told.at(read).first, r.what.kind);
    EXPECT_EQ(told.at(read).second, r.what.payload.bytes);
    ++read;
    return true;
  });
  EXPECT_EQ(read, told.size());
}

TEST(committer, keeps_order_and_counts_without_gaps) {
  memory_journal log;
  manual_clock clock{start};
  audience seen;
  std::vector<int> acked;
  committer c{log, clock, {.tick_clock = false}, seen.hooks()};
  c.start();
  constexpr int records = 10'000;
  for (int i = 0; i < records; ++i)
    c.submit({text_record(std::to_string(i)), nullptr, [&acked, i](bool ok) {
                EXPECT_TRUE(ok);
                acked.push_back(i);
              }});
  c.stop();
  expect_contiguous(seen.epochs(), log);
  int next_text = 0;
  for (const auto& e : seen.epochs()) {
    EXPECT_EQ(e.now, start);
    EXPECT_FALSE(e.tick);
    EXPECT_LE(e.entries.size(), limits::group_records_max);
    for (const auto& s : e.entries) EXPECT_EQ(s.what.payload.bytes, std::to_string(next_text++));
  }
  EXPECT_EQ(next_text, records);
  ASSERT_EQ(acked.size(), static_cast<size_t>(records));
  EXPECT_TRUE(std::is_sorted(acked.begin(), acked.end()));
  EXPECT_EQ(c.backlog_bytes(), 0u);
}

TEST(committer, acknowledges_only_what_the_log_has_taken) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  std::atomic<int> acked{0};
  committer c{log, clock, {.tick_clock = false}, seen.hooks()};
  c.start();
  log.hold(true);
  c.submit({text_record("first"), nullptr, [&](bool ok) { acked += ok; }});
  log.await_appends(1);
  EXPECT_EQ(acked, 0);
  EXPECT_EQ(c.backlog_bytes(), 5u);
  // While the disk syncs the next group gathers; it goes as one.
  for (int i = 0; i < 100; ++i) c.submit({text_record("x"), nullptr, [&](bool ok) { acked += ok; }});
  EXPECT_EQ(c.backlog_bytes(), 105u);
  log.hold(false);
  c.stop();
  EXPECT_EQ(acked, 101);
  EXPECT_EQ(c.backlog_bytes(), 0u);
  EXPECT_EQ(log.groups(), (std::vector<size_t>{1, 100}));
  expect_contiguous(seen.epochs(), log);
  uint64_t commits = 0;
  for (size_t i = 0; i <= c.commit_seconds().bounds().size(); ++i) commits += c.commit_seconds().in_bucket(i);
  EXPECT_EQ(commits, 2u);
}

TEST(committer, a_durable_callback_runs_before_its_epoch_is_handed_on) {
  memory_journal log;
  manual_clock clock{start};
  bool acked = false, in_time = false;
  committer c{
    log, clock, {.tick_clock = false}, {[&](committed_epoch) { in_time = acked; }, [](const std::string&) { FAIL(); }}};
  c.start();
  c.submit({text_record("a"), nullptr, [&](bool) { acked = true; }});
  c.stop();
  EXPECT_TRUE(in_time);
}

TEST(committer, the_meaning_rides_along) {
  struct note : record_meaning {
    int n = 42;
  };
  memory_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = false}, seen.hooks()};
  c.start();
  auto meaning = std::make_shared<const note>();
  c.submit({text_record("a"), meaning, {}});  // without a callback, too
  c.stop();
  ASSERT_EQ(seen.epochs().size(), 1u);
  EXPECT_EQ(seen.epochs()[0].entries[0].meaning, meaning);
}

TEST(committer, adds_a_tick_when_the_clock_has_passed_one) {
  memory_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = true}, seen.hooks()};
  c.start();
  clock.advance(749ms);  // .999: not yet
  c.submit({text_record("before"), nullptr, {}});
  seen.await_epochs(1);
  clock.advance(1ms);  // exactly at the tick
  seen.await_ticks(1);
  clock.advance(10s);  // ten at once are one record
  seen.await_ticks(2);
  c.stop();
  expect_contiguous(seen.epochs(), log);
  ASSERT_EQ(seen.epochs().size(), 3u);
  EXPECT_FALSE(seen.epochs()[0].tick);
  EXPECT_EQ(seen.epochs()[1].now, from_unix_ms(1'700'000'001'000));
  EXPECT_TRUE(seen.epochs()[1].tick);
  EXPECT_TRUE(seen.epochs()[1].entries.empty());
  EXPECT_EQ(seen.epochs()[2].now, from_unix_ms(1'700'000'011'000));
  std::vector<instant> ticks;
  log.read_from(position{1}, [&](const logged_record& r) {
    if (r.what.kind == record_kind::tick) {
      EXPECT_EQ(r.what.format, payload_format::none);
      ticks.push_back(r.what.received);
    }
    return true;
  });
  EXPECT_EQ(ticks, (std::vector{from_unix_ms(1'700'000'001'000), from_unix_ms(1'700'000'011'000)}));
}

TEST(committer, a_tick_comes_after_what_was_taken_with_it) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = true}, seen.hooks()};
  c.start();
  log.hold(true);
  c.submit({text_record("a"), nullptr, {}});
  log.await_appends(1);
  c.submit({text_record("b"), nullptr, {}});
  clock.advance(1s);
  log.hold(false);
  seen.await_ticks(1);
  c.stop();
  ASSERT_EQ(seen.epochs().size(), 2u);
  EXPECT_EQ(seen.epochs()[1].entries.size(), 1u);
  EXPECT_TRUE(seen.epochs()[1].tick);
  expect_contiguous(seen.epochs(), log);
}

TEST(committer, without_a_tick_clock_time_adds_nothing) {
  memory_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = false}, seen.hooks()};
  c.start();
  clock.advance(1h);
  c.submit({text_record("a"), nullptr, {}});
  c.stop();
  EXPECT_EQ(count(log.end()), 2u);
  EXPECT_FALSE(seen.epochs().at(0).tick);
}

TEST(committer, stop_flushes_more_than_one_group) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  std::atomic<size_t> acked{0};
  committer c{log, clock, {.tick_clock = false}, seen.hooks()};
  c.start();
  log.hold(true);
  c.submit({text_record("first"), nullptr, {}});
  log.await_appends(1);
  size_t records = 2 * limits::group_records_max + 1;
  for (size_t i = 0; i < records; ++i) c.submit({text_record("x"), nullptr, [&](bool ok) { acked += ok; }});
  log.hold(false);
  c.stop();
  EXPECT_EQ(acked, records);
  EXPECT_EQ(log.groups(), (std::vector<size_t>{1, limits::group_records_max, limits::group_records_max, 1}));
  expect_contiguous(seen.epochs(), log);
}

TEST(committer, submit_after_stop_is_refused) {
  memory_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = true}, seen.hooks()};
  c.start();
  c.stop();
  c.stop();  // again does no harm
  std::vector<bool> answers;
  c.submit({text_record("late"), nullptr, [&](bool ok) { answers.push_back(ok); }});
  c.submit({text_record("late"), nullptr, {}});
  EXPECT_EQ(answers, std::vector<bool>{false});
  EXPECT_EQ(count(log.end()), 1u);
  EXPECT_EQ(c.backlog_bytes(), 0u);
  EXPECT_TRUE(seen.epochs().empty());
}

TEST(committer, a_log_that_breaks_acknowledges_nothing_any_more) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = true}, seen.hooks()};
  c.start();
  c.submit({text_record("good"), nullptr, {}});
  seen.await_epochs(1);
  log.break_now();
  std::atomic<int> good{0}, bad{0};
  auto count_answer = [&](bool ok) { ++(ok ? good : bad); };
  for (int round = 0; round < 3; ++round) {
    std::promise<void> answered;
    for (int i = 0; i < 10; ++i) c.submit({text_record("x"), nullptr, count_answer});
    c.submit({text_record("x"), nullptr, [&](bool ok) {
                count_answer(ok);
                answered.set_value();
              }});
    answered.get_future().wait();
    clock.advance(5s);  // nor does a tick get through
  }
  c.stop();
  EXPECT_EQ(good, 0);
  EXPECT_EQ(bad, 33);
  ASSERT_EQ(seen.failures().size(), 1u);
  EXPECT_NE(seen.failures()[0].find("segment 7"), std::string::npos);
  EXPECT_EQ(seen.epochs().size(), 1u);
  EXPECT_EQ(count(log.end()), 2u);
  EXPECT_EQ(log.appends(), 2);  // a broken log is not tried again
  EXPECT_EQ(c.backlog_bytes(), 0u);
}

TEST(committer, forgets_what_every_shard_has_applied) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = false}, seen.hooks()};
  c.start();
  for (int i = 0; i < 10; ++i) c.submit({text_record(std::to_string(i)), nullptr, {}});
  seen.await_epochs(1);
  c.forget_below(position{6});
  c.submit({text_record("next"), nullptr, {}});
  log.await_truncated(position{6});
  c.stop();
  std::vector<uint64_t> left;
  log.read_from(position{1}, [&](const logged_record& r) {
    left.push_back(count(r.at));
    return true;
  });
  EXPECT_EQ(left, (std::vector<uint64_t>{6, 7, 8, 9, 10, 11}));
}

TEST(committer, syncs_as_its_mode_says_and_always_what_must_be) {
  for (auto [mode, event, intent] :
       {std::tuple{sync_mode::always, 1, 2}, {sync_mode::everysec, 0, 1}, {sync_mode::off, 0, 1}}) {
    watched_journal log;
    manual_clock clock{start};
    audience seen;
    committer c{log, clock, {.tick_clock = false, .sync = mode}, seen.hooks()};
    c.submit({text_record("an event"), nullptr, {}});
    c.start();
    seen.await_epochs(1);
    EXPECT_EQ(log.syncs(), event);
    c.submit({text_record("an intent"), nullptr, {}, true});
    seen.await_epochs(2);
    EXPECT_EQ(log.syncs(), intent);
    c.stop();
  }
}

TEST(committer, everysec_syncs_the_last_group_too) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = false, .sync = sync_mode::everysec}, seen.hooks()};
  c.start();
  c.submit({text_record("an intent"), nullptr, {}, true});
  seen.await_epochs(1);
  c.submit({text_record("an event"), nullptr, {}});
  seen.await_epochs(2);
  EXPECT_EQ(log.syncs(), 1);
  log.await_syncs(2);  // nothing else comes
}

TEST(committer, syncs_when_asked_whatever_its_mode) {
  for (auto mode : {sync_mode::off, sync_mode::everysec, sync_mode::always}) {
    watched_journal log;
    manual_clock clock{start};
    audience seen;
    committer c{log, clock, {.tick_clock = false, .sync = mode}, seen.hooks()};
    c.start();
    EXPECT_TRUE(c.sync()) << "there is nothing to sync";
    c.submit({text_record("an event"), nullptr, {}});
    seen.await_epochs(1);
    EXPECT_TRUE(c.sync());
    EXPECT_EQ(log.syncs(), 1);
    c.submit({text_record("an event"), nullptr, {}});
    c.stop();
    EXPECT_EQ(log.syncs(), 2) << "an orderly end leaves nothing to luck";
    EXPECT_TRUE(c.sync());
  }
}

TEST(committer, a_broken_log_is_not_synced) {
  watched_journal log;
  manual_clock clock{start};
  audience seen;
  committer c{log, clock, {.tick_clock = false, .sync = sync_mode::off}, seen.hooks()};
  c.start();
  log.break_now();
  std::promise<bool> durable;
  c.submit({text_record("an event"), nullptr, [&](bool is) { durable.set_value(is); }});
  EXPECT_FALSE(durable.get_future().get());
  EXPECT_FALSE(c.sync());
}

TEST(committer, many_producers_each_keep_their_order) {
  constexpr int producers = 6, each = 3000;
  memory_journal log;
  manual_clock clock{start};
  audience seen;
  std::array<std::atomic<int>, producers> acked{};
  std::atomic<int> refused{0};
  committer c{log, clock, {.tick_clock = true}, seen.hooks()};
  c.start();
  {
    std::vector<std::jthread> threads;
    for (int p = 0; p < producers; ++p)
      threads.emplace_back([&, p] {
        for (int i = 0; i < each; ++i) {
          c.submit({text_record(std::to_string(p) + " " + std::to_string(i)), nullptr, [&, p, i](bool ok) {
                      // Acks come in the order submitted, on one thread.
                      if (!ok || acked[static_cast<size_t>(p)].fetch_add(1) != i) ++refused;
                    }});
          if (i % 100 == 0) clock.advance(100ms);
          c.backlog_bytes();
        }
      });
  }
  c.stop();
  EXPECT_EQ(refused, 0);
  for (const auto& n : acked) EXPECT_EQ(n, each);
  expect_contiguous(seen.epochs(), log);
  std::map<std::string, int> next;
  for (const auto& e : seen.epochs())
    for (const auto& s : e.entries) {
      std::string text{s.what.payload.bytes};
      auto blank = text.find(' ');
      EXPECT_EQ(std::stoi(text.substr(blank + 1)), next[text.substr(0, blank)]++);
    }
  for (const auto& [producer, n] : next) EXPECT_EQ(n, each);
  instant last = start;
  for (const auto& e : seen.epochs()) {
    EXPECT_GE(e.now, last);
    last = e.now;
  }
}

TEST(committer, stop_while_producers_still_submit_answers_everyone_once) {
  for (int round = 0; round < 50; ++round) {
    memory_journal log;
    manual_clock clock{start};
    audience seen;
    std::atomic<int> submitted{0}, durable{0}, refused{0};
    committer c{log, clock, {.tick_clock = true}, seen.hooks()};
    c.start();
    std::vector<std::jthread> threads;
    for (int p = 0; p < 4; ++p)
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          ++submitted;
          c.submit({text_record("x"), nullptr, [&](bool ok) { ++(ok ? durable : refused); }});
        }
      });
    while (submitted < 50) std::this_thread::yield();
    c.stop();
    threads.clear();
    ASSERT_EQ(durable + refused, 400);
    ASSERT_EQ(c.backlog_bytes(), 0u);
    size_t handed_on = 0;
    for (const auto& e : seen.epochs()) handed_on += e.entries.size();
    ASSERT_EQ(handed_on, static_cast<size_t>(durable));
  }
}

}  // namespace
}  // namespace cartwheel
