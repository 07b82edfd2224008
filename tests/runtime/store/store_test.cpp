#include "runtime/store/store.hpp"

#include "runtime/store/store_key.hpp"
#include "tests/runtime/store/store_model.hpp"
#include "tests/scratch_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class store_on_disk : public testing::Test {
 protected:
  std::filesystem::path live() const { return folder_ / "live"; }
  store_options options() const { return {live(), 4 << 20, nullptr}; }

  static void put(store& s, store_table t, std::string_view key, std::string_view value) {
    store_batch b;
    b.put(t, key, value);
    s.write(b);
  }
  static std::vector<std::string> keys(const store& s, store_table t, std::string_view from, std::string_view to,
                                       size_t most = 1000) {
    std::vector<std::string> out;
    s.visit(t, from, to, [&](auto key, auto) {
      out.emplace_back(key);
      return out.size() < most;
    });
    return out;
  }
  static std::vector<std::string> keys_backward(const store& s, store_table t, std::string_view from,
                                                std::string_view to, size_t most = 1000) {
    std::vector<std::string> out;
    s.visit_backward(t, from, to, [&](auto key, auto) {
      out.emplace_back(key);
      return out.size() < most;
    });
    return out;
  }
  std::string why_not(const store_options& o) {
    try {
      store s{o};
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "opened";
  }

  test::scratch_folder folder_;
};

TEST_F(store_on_disk, a_batch_takes_effect_in_its_order) {
  store s{options()};
  store_batch b;
  b.put(store_table::orders, "a", "1");
  b.put(store_table::orders, "b", "2");
  b.erase(store_table::orders, "a");
  b.put(store_table::persons, "a", "another table");
  b.erase(store_table::persons, "never there");
  s.write(b);
  EXPECT_EQ(s.get(store_table::orders, "a"), std::nullopt);
  EXPECT_EQ(s.get(store_table::orders, "b"), "2");
  EXPECT_EQ(s.get(store_table::persons, "a"), "another table");
  EXPECT_EQ(s.get(store_table::evidence, "a"), std::nullopt);
}

TEST_F(store_on_disk, keeps_few_files_of_what_comes_in_the_order_of_its_keys) {
  store s{options()};
  const auto files = [&] {
    return std::ranges::count_if(std::filesystem::directory_iterator{live()},
                                 [](const auto& entry) { return entry.path().extension() == ".sst"; });
  };
  std::vector<std::string> written;
  const auto write_more = [&](int flushes) {
    for (int f = 0; f < flushes; ++f) {
      for (int row = 0; row < 20; ++row) {
        written.push_back(fmt::format("{:08}", written.size()));
        put(s, store_table::milestone_times, written.back(), "");
      }
      s.flush();
    }
  };
  // Compaction, on a thread of its own, makes one file of every few that were flushed: 50 in all, if they stayed.
  write_more(200);
  constexpr int few = 16;
  for (int tries = 0; tries < 200 && files() > few; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    write_more(1);
  }
  EXPECT_LE(files(), few);
  EXPECT_EQ(keys(s, store_table::milestone_times, "", "", written.size() + 1), written);
}

TEST_F(store_on_disk, looks_up_many_at_once) {
  store s{options()};
  store_batch b;
  for (int i = 0; i < 100; i += 2) b.put(store_table::parked_carts, std::to_string(i), std::string(100, 'v'));
  s.write(b);
  s.flush();
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back(std::to_string(99 - i));
  auto found = s.get(store_table::parked_carts, std::vector<std::string_view>(names.begin(), names.end()));
  ASSERT_EQ(found.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(found[i].has_value(), (99 - i) % 2 == 0);
  EXPECT_TRUE(s.get(store_table::parked_carts, std::span<const std::string_view>{}).empty());
}

TEST_F(store_on_disk, visits_a_range_from_either_end_until_told_to_stop) {
  store s{options()};
  for (auto key : {"a", "b", "c", "d", "e"}) put(s, store_table::decisions, key, "");
  EXPECT_THAT(keys(s, store_table::decisions, "b", "d"), ElementsAre("b", "c"));
  EXPECT_THAT(keys_backward(s, store_table::decisions, "b", "d"), ElementsAre("c", "b"));
  EXPECT_THAT(keys(s, store_table::decisions, "", ""), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(keys_backward(s, store_table::decisions, "", ""), ElementsAre("e", "d", "c", "b", "a"));
  EXPECT_THAT(keys(s, store_table::decisions, "bb", "", 2), ElementsAre("c", "d"));
  EXPECT_THAT(keys_backward(s, store_table::decisions, "", "dd", 2), ElementsAre("d", "c"));
  EXPECT_TRUE(keys(s, store_table::decisions, "d", "b").empty());
  EXPECT_TRUE(keys_backward(s, store_table::decisions, "d", "b").empty());
  EXPECT_TRUE(keys_backward(s, store_table::decisions, "b", "b").empty());
  EXPECT_TRUE(keys(s, store_table::decisions, "f", "").empty());
  EXPECT_TRUE(keys(s, store_table::dead_letters, "", "").empty());
}

TEST_F(store_on_disk, visits_what_begins_alike) {
  store s{options()};
  const std::string us(20, 'u'), them(20, 't'), nobody(20, 'n');
  for (const auto& key : {us + "a", us + "b", them + "a"}) put(s, store_table::evidence, key, "");
  const auto visited = [&](const std::string& prefix) {
    std::vector<std::string> seen;
    s.visit_prefix(store_table::evidence, prefix, [&](auto key, auto) {
      seen.emplace_back(key);
      return true;
    });
    return seen;
  };
  for (int flushed = 0; flushed < 2; ++flushed) {
    EXPECT_THAT(visited(us), ElementsAre(us + "a", us + "b"));
    EXPECT_THAT(visited(them), ElementsAre(them + "a"));
    EXPECT_TRUE(visited(nobody).empty());
    EXPECT_THAT(keys(s, store_table::evidence, "", ""), ElementsAre(them + "a", us + "a", us + "b"));
    s.flush();
  }
  EXPECT_THROW(visited("short"), std::invalid_argument);
  EXPECT_THROW(s.visit_prefix(store_table::decisions, us, [](auto, auto) { return true; }), std::invalid_argument);
}

TEST_F(store_on_disk, a_visit_sees_what_was_there_when_it_began) {
  store s{options()};
  for (auto key : {"a", "b", "c"}) put(s, store_table::decisions, key, "old");
  std::vector<std::string> seen;
  s.visit(store_table::decisions, "", "", [&](auto key, auto value) {
    seen.push_back(std::string{key}.append(value));
    store_batch b;
    b.put(store_table::decisions, "c", "new");
    b.put(store_table::decisions, std::string{key} + "2", "new");
    s.write(b);
    return true;
  });
  EXPECT_THAT(seen, ElementsAre("aold", "bold", "cold"));
  EXPECT_EQ(keys(s, store_table::decisions, "", "").size(), 6u);
}

TEST_F(store_on_disk, what_is_old_is_forgotten_and_gives_its_room_back) {
  store s{options()};
  auto at = [](int i) { return std::move(store_key{}.time(from_unix_ms(1000 * i)).at(position{1})).bytes(); };
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    std::string value(200, ' ');
    for (auto& c : value) c = static_cast<char>(random());
    put(s, store_table::decisions, at(i), value);
  }
  s.flush();
  uint64_t before = s.figures().disk_bytes;
  EXPECT_GT(before, 4'000'000u);
  s.erase_range(store_table::decisions, "", at(15'000));
  EXPECT_THAT(keys(s, store_table::decisions, "", "", 1), ElementsAre(at(15'000)));
  EXPECT_EQ(keys(s, store_table::decisions, "", "", 100'000).size(), 5'000u);
  s.flush();
  auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (s.figures().disk_bytes > before / 2 && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_LE(s.figures().disk_bytes, before / 2);
  EXPECT_EQ(keys(s, store_table::decisions, "", "", 100'000).size(), 5'000u);
  s.erase_range(store_table::decisions, "", "");
  EXPECT_TRUE(keys(s, store_table::decisions, "", "").empty());
}

TEST_F(store_on_disk, what_was_flushed_is_there_again) {
  uint64_t flushed = 0;
  {
    store s{options()};
    EXPECT_EQ(s.flushed(), 0);
    put(s, store_table::evidence, "kept", "1");
    EXPECT_EQ(s.flushed(), 0);
    s.flush();
    flushed = s.flushed();
    EXPECT_GT(flushed, 0);
    put(s, store_table::evidence, "in memory only", "2");
    EXPECT_EQ(s.flushed(), flushed);
  }
  store s{options()};
  EXPECT_EQ(s.flushed(), flushed);
  EXPECT_EQ(s.get(store_table::evidence, "kept"), "1");
  EXPECT_EQ(s.get(store_table::evidence, "in memory only"), std::nullopt);
}

TEST_F(store_on_disk, memory_stays_within_its_budget) {
  store s{options()};
  std::mt19937_64 random{1};
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) names.push_back(std::to_string(random()));
  size_t most = 0;
  store_batch b;
  for (const auto& n : names) {
    b.put(random() % 2 ? store_table::parked_carts : store_table::orders, n, std::string(300, 'v'));
    if (b.size() < 100) continue;
    s.write(b);
    b.clear();
    auto f = s.figures();
    most = std::max(most, f.cache_bytes + f.memtable_bytes);
    EXPECT_LT(f.memtable_bytes, options().memory_bytes);
  }
  for (const auto& n : names) {
    s.get(store_table::parked_carts, n);
    if (random() % 64 == 0) most = std::max(most, s.figures().cache_bytes + s.figures().memtable_bytes);
  }
  EXPECT_GT(most, options().memory_bytes / 2);
  EXPECT_LE(most, options().memory_bytes + options().memory_bytes / 8);
  auto f = s.figures();
  EXPECT_GT(f.disk_bytes, 1'000'000u);
  EXPECT_GT(f.reader_bytes, 0u);
  EXPECT_LT(f.reader_bytes, options().memory_bytes / 4);
  auto n = s.size(store_table::parked_carts).entries + s.size(store_table::orders).entries;
  EXPECT_GE(n, 99'000u);
  EXPECT_LE(n, 110'000u);
  EXPECT_EQ(s.size(store_table::evidence).entries, 0u);
  EXPECT_GT(s.size(store_table::orders).bytes, 500'000u);
}

TEST_F(store_on_disk, refuses_too_little_memory) {
  auto o = options();
  o.memory_bytes = 1000;
  EXPECT_THAT(why_not(o), HasSubstr("needs 1048576 bytes of memory, not 1000"));
}

TEST_F(store_on_disk, is_open_once) {
  store s{options()};
  EXPECT_THAT(why_not(options()), HasSubstr(live().string() + ": may not be written, or another store is open on it"));
  put(s, store_table::orders, "still", "works");
}

TEST_F(store_on_disk, refuses_a_folder_of_others) {
  std::filesystem::create_directory(live());
  EXPECT_THAT(why_not(options()), HasSubstr(live().string() + ": is no store"));
  std::ofstream{live() / "STORE"} << "something else\n";
  EXPECT_THAT(why_not(options()), HasSubstr("its file STORE is damaged"));
  std::ofstream{live() / "STORE"} << "cartwheel store, format 2, live\n";
  EXPECT_THAT(why_not(options()), HasSubstr("was written by a newer version: format 2, this one knows 1"));
}

TEST_F(store_on_disk, refuses_to_begin_where_its_beginning_is_lost) {
  {
    store s{options()};
    put(s, store_table::orders, "a", "1");
    s.flush();
  }
  std::filesystem::remove(live() / "CURRENT");
  EXPECT_THAT(why_not(options()), HasSubstr(live().string() + ": opening the store"));
}

TEST_F(store_on_disk, names_a_folder_it_cannot_make) {
  EXPECT_THAT(why_not({folder_ / "no" / "such", 4 << 20, nullptr}), HasSubstr("No such file or directory"));
  std::ofstream{folder_ / "file"} << "x";
  EXPECT_THAT(why_not({folder_ / "file" / "live", 4 << 20, nullptr}), HasSubstr("Not a directory"));
}

/// Root may do anything, so this asks as nobody, in a process of its own.
TEST_F(store_on_disk, names_a_folder_it_may_not_write) {
  { store s{options()}; }
  std::filesystem::permissions(folder_.path(), std::filesystem::perms{0755});
  for (auto p : {live(), folder_ / "fresh"}) {
    if (p == live()) std::filesystem::permissions(p, std::filesystem::perms{0500});
    auto told = folder_ / "told";
    std::ofstream{told}.flush();
    std::filesystem::permissions(told, std::filesystem::perms{0666});
    if (::getuid() != 0 && p != live()) std::filesystem::permissions(folder_.path(), std::filesystem::perms{0500});
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
      auto why = why_not({p, 4 << 20, nullptr});
      std::ofstream{told} << why;
      ::_exit(0);
    }
    int result = 0;
    ::waitpid(child, &result, 0);
    EXPECT_EQ(result, 0);
    std::ifstream in{told};
    std::string why{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_THAT(why, HasSubstr(p.string()));
    EXPECT_THAT(why, HasSubstr("Permission denied"));
  }
  std::filesystem::permissions(folder_.path(), std::filesystem::perms{0700});
  std::filesystem::permissions(live(), std::filesystem::perms{0700});
}

}  // namespace
}  // namespace cartwheel
