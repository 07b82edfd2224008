// The disk says no: once or from then on, to anything that would change it, or to a read.
#include "tests/runtime/store/many_seeds.hpp"
#include "tests/runtime/store/store_victim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

namespace cartwheel {
namespace {

using test::fault;
using test::forgetful_disk;
using test::store_victim;
using testing::AnyOf;
using testing::HasSubstr;

constexpr std::array faults{fault::io_error, fault::no_space, fault::short_write};

void expect_clear(const std::string& what) {
  EXPECT_THAT(what, HasSubstr("/data"));
  EXPECT_THAT(what, AnyOf(HasSubstr("Input/output error"), HasSubstr("No space left on device")));
}

/// Whatever was refused, memory holds what was written: with the refused change, or without.
void check_running(store_victim& victim) {
  auto* s = victim.running();
  if (s == nullptr) return;
  auto found = test::everything_in(*s);
  ASSERT_TRUE(test::same(found, victim.written()) || test::same(found, victim.written_and_refused()));
  if (!s->broken()) return;
  expect_clear(*s->broken());
  store_batch batch;
  batch.put(store_table::orders, "too late", "");
  EXPECT_THROW(s->write(batch), std::runtime_error);
  EXPECT_THROW(s->write({}), std::runtime_error);
  EXPECT_THROW(s->erase_range(store_table::orders, "", "z"), std::runtime_error);
  EXPECT_THROW(s->flush(), std::runtime_error);
  EXPECT_TRUE(test::same(test::everything_in(*s), found)) << "a refused write was done";
}

TEST(store_error, what_fails_is_refused_and_what_was_flushed_stands) {
  std::atomic<uint64_t> broken = 0, refused = 0;
  test::many_seeds(1, test::runs(120), [&](uint64_t seed) {
    store_victim victim{seed};
    auto& random = victim.random();
    victim.work(static_cast<int>(random() % 60));
    victim.files().fail_change(1 + random() % 600, faults[random() % faults.size()], random() % 2 == 0);
    auto told = victim.work(150);
    if (told) {
      ++refused;
      expect_clear(*told);
      EXPECT_TRUE(victim.files().failed());
    }
    victim.files().heal();  // and yet a store that has failed stays so
    check_running(victim);
    broken += victim.running() && victim.running()->broken();
    // Also what a crash makes of it: after a failed sync, a disk may have lost what a later sync reports as written.
    if (random() % 2 == 0)
      victim.power_cycle(forgetful_disk::remains::anything);
    else
      victim.close();
    victim.check_live();
  });
  EXPECT_GT(broken, test::runs(120) / 8);
  EXPECT_GT(refused, test::runs(120) / 4);
}

/// Writes until memory is flushed by itself, again and again, and the store has noticed that it cannot be.
void write_until_broken(store& s) {
  store_batch batch;
  batch.put(store_table::decisions, "key", std::string(10'000, 'v'));
  for (int i = 0; i < 1000 && !s.broken(); ++i) try {
      s.write(batch);
    } catch (const std::runtime_error&) {}
}

TEST(store_error, a_flush_behind_our_back_that_fails_once_ends_it) {
  for (auto how : faults) {
    auto disk = std::make_shared<test::forgetful_disk>();
    auto files = std::make_shared<test::forgetful_files>(disk);
    store s{{"/data/live", limits::store_memory_bytes_min, files}};
    files->fail_change(2, how, false);
    write_until_broken(s);
    ASSERT_TRUE(s.broken());
    expect_clear(*s.broken());
    files->heal();
    EXPECT_THROW(s.write({}), std::runtime_error);
    EXPECT_THROW(s.flush(), std::runtime_error);
  }
}

TEST(store_error, a_compaction_that_fails_ends_it) {
  std::atomic<int> by_compaction = 0;
  test::many_seeds(1, 20, [&](uint64_t change) {
    auto disk = std::make_shared<test::forgetful_disk>();
    auto files = std::make_shared<test::forgetful_files>(disk);
    store s{{"/data/live", limits::store_memory_bytes_min, files}};
    auto tables = [&] {
      std::lock_guard lock{disk->mutex()};
      auto names = disk->names("/data/live").value();
      return std::count_if(names.begin(), names.end(), [](const auto& n) { return n.ends_with(".sst"); });
    };
    // The fourth file of the first level is what compaction waits for. The fifth is its own: held at its beginning, all
    // that changes the disk from there on is compaction's, and no flush's.
    files->hold_table(5);
    for (int i = 0; i < 4; ++i) {
      store_batch batch;
      for (auto key : {"a", "z"}) batch.put(store_table::orders, key, std::to_string(i));
      s.write(batch);
      s.flush();
    }
    files->wait_for_held();
    files->fail_change(change, fault::no_space, false);
    files->let_go();
    // Tables that could not be removed stay, which is no failure; so the end of a compaction cannot always be seen.
    for (int ms = 0; ms < 500 && !s.broken() && tables() != 1; ++ms)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (!s.broken()) return;
    expect_clear(*s.broken());
    EXPECT_THROW(s.write({}), std::runtime_error);
    ++by_compaction;
  });
  EXPECT_GT(by_compaction, 3);
}

/// What is read is right, or it is told that it could not be read.
void check_reads(store_victim& victim, const test::model& expected, const std::function<void()>& before,
                 const std::function<void(const std::string&)>& told) {
  auto* s = victim.running();
  auto t = test::random_table(victim.random());
  auto key = test::random_key(victim.random());
  const auto& contents = expected[index_of(t)];
  auto attempt = [&](const std::function<void()>& read) {
    before();
    try {
      read();
    } catch (const std::runtime_error& e) {
      told(e.what());
    }
  };
  attempt([&] {
    auto found = s->get(t, key);
    auto should_be = contents.find(key);
    ASSERT_EQ(found.has_value(), should_be != contents.end());
    if (found) {
      ASSERT_EQ(*found, should_be->second);
    }
  });
  attempt([&] {
    std::vector<std::string_view> keys;
    for (const auto& [k, value] : contents) keys.push_back(k);
    auto found = s->get(t, keys);
    for (size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(found[i], contents.at(std::string{keys[i]}));
  });
  attempt([&] { ASSERT_TRUE(test::same(test::everything_in(*s), expected)); });
  attempt([&] {
    std::map<std::string, std::string> backward;
    s->visit_backward(t, {}, {}, [&](auto k, auto value) {
      backward.emplace(k, value);
      return true;
    });
    ASSERT_EQ(backward, contents);
  });
}

TEST(store_error, a_failed_read_is_told) {
  std::atomic<uint64_t> times = 0;
  test::many_seeds(1, test::runs(30), [&](uint64_t seed) {
    store_victim victim{seed};
    victim.work(150);
    ASSERT_NE(victim.running(), nullptr);
    auto expected = victim.written();
    for (int i = 0; i < 20; ++i) {
      check_reads(
        victim, expected, [&] { victim.files().fail_read(1 + victim.random()() % 40); },
        [&](const std::string& what) {
          expect_clear(what);
          ++times;
        });
      victim.files().heal();
    }
    ASSERT_TRUE(test::same(test::everything_in(*victim.running()), expected));
  });
  EXPECT_GT(times, test::runs(100));
}

TEST(store_error, a_walk_along_many_files_leaves_nothing_out) {
  auto files = std::make_shared<test::forgetful_files>(std::make_shared<test::forgetful_disk>());
  store_options options{"/data/live", limits::store_memory_bytes_min, files};
  std::map<std::string, std::string> expected;
  std::mt19937_64 random{1};
  {
    store s{options};
    for (int round = 0; round < 4; ++round)
      for (int i = 1000; i < 3000; ++i) {
        std::string value(300, ' ');
        for (auto& c : value) c = static_cast<char>(random());
        store_batch batch;
        batch.put(store_table::orders, std::to_string(i), value);
        s.write(batch);
        expected[std::to_string(i)] = value;
      }
    s.flush();
  }
  store s{options};
  int told = 0;
  for (bool backward : {false, true})
    for (uint64_t n = 1;; ++n) {
      files->fail_read(n);
      std::map<std::string, std::string> found;
      auto each = [&](auto key, auto value) {
        found.emplace(key, value);
        return true;
      };
      try {
        backward ? s.visit_backward(store_table::orders, "", "", each) : s.visit(store_table::orders, "", "", each);
        ASSERT_TRUE(found == expected) << "wrong at the " << n << "th read: " << found.size() << " keys";
      } catch (const std::runtime_error& e) {
        expect_clear(e.what());
        ++told;
      }
      bool reached = files->failed();
      files->heal();
      if (!reached) break;
    }
  EXPECT_GT(told, 200);
}

TEST(store_error, a_wrong_bit_on_the_disk_is_told) {
  std::atomic<size_t> damaged = 0, told = 0;
  test::many_seeds(1, test::runs(50), [&](uint64_t seed) {
    store_victim victim{seed};
    victim.work(100);
    ASSERT_NE(victim.running(), nullptr);
    auto expected = victim.written();
    victim.reopen_flushed();
    damaged += victim.damage_tables();
    check_reads(
      victim, expected, [] {},
      [&](const std::string& what) {
        EXPECT_THAT(what, HasSubstr("/data/live"));
        EXPECT_THAT(what, HasSubstr("Corruption"));
        ++told;
      });
  });
  EXPECT_GT(damaged, test::runs(200));
  EXPECT_GT(told, test::runs(50) / 2);
}

}  // namespace
}  // namespace cartwheel
