#include "runtime/store/checkpoint.hpp"
#include "runtime/store/store.hpp"

#include "tests/runtime/store/store_model.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <sys/stat.h>

namespace cartwheel {
namespace {

namespace fs = std::filesystem;
using test::everything_in;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class checkpoints : public testing::Test {
 protected:
  fs::path live() const { return folder_ / "live"; }
  fs::path copy() const { return folder_ / "copy"; }
  store_options options() const { return {live(), 1 << 20, nullptr}; }

  /// Every table, in files and in memory; different for each seed.
  static void fill(store& s, uint64_t seed) {
    std::mt19937_64 random{seed};
    for (int i = 0; i < 60; ++i) s.write(test::random_batch(random));
    s.flush();
    for (int i = 0; i < 20; ++i) s.write(test::random_batch(random));
  }
  static std::map<std::string, std::pair<ino_t, std::string>> files_in(const fs::path& p) {
    std::map<std::string, std::pair<ino_t, std::string>> out;
    for (const auto& e : fs::directory_iterator{p}) {
      struct stat about {};
      ::stat(e.path().c_str(), &about);
      std::ifstream in{e.path(), std::ios::binary};
      out[e.path().filename()] = {about.st_ino, {std::istreambuf_iterator<char>{in}, {}}};
    }
    return out;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& e : fs::directory_iterator{folder_.path()}) out.push_back(e.path().filename());
    return out;
  }
  template <class F>
  static std::string refusal(F f) {
    try {
      f();
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "done";
  }

  test::scratch_folder folder_;
};

TEST_F(checkpoints, hold_what_was_written_before_and_never_change) {
  store s{options()};
  fill(s, 1);
  auto then = everything_in(s);
  s.checkpoint(copy());
  auto files = files_in(copy());
  fill(s, 2);
  s.flush();
  restore_store(copy(), folder_ / "again");
  {
    store again{{folder_ / "again", 1 << 20, nullptr}};
    EXPECT_TRUE(test::same(everything_in(again), then));
    fill(again, 3);
    again.flush();
  }
  EXPECT_EQ(files_in(copy()), files);
  EXPECT_THAT(names(), UnorderedElementsAre("live", "copy", "again"));
}

TEST_F(checkpoints, share_table_files_and_nothing_else) {
  store s{options()};
  store_batch b;
  for (const auto& t : store_tables) b.put(t.what, "key", "value");
  s.write(b);  // one small file a table: nothing to compact
  s.checkpoint(copy());
  restore_store(copy(), folder_ / "again");
  auto in_live = files_in(live());
  auto in_copy = files_in(copy());
  auto in_again = files_in(folder_ / "again");
  size_t tables = 0;
  for (const auto& [name, f] : in_copy) {
    bool table = name.ends_with(".sst");
    tables += table;
    EXPECT_EQ(in_again.at(name).first == f.first, table) << name;
    if (table) {
      EXPECT_EQ(in_live.at(name).first, f.first) << name;
    }
  }
  EXPECT_EQ(tables, store_tables.size());
}

TEST_F(checkpoints, take_the_place_of_a_live_folder) {
  test::model then;
  {
    store s{options()};
    fill(s, 1);
    then = everything_in(s);
    s.checkpoint(copy());
    fill(s, 2);
    s.checkpoint(folder_ / "later");
    EXPECT_THAT(refusal([&] { restore_store(copy(), live()); }), HasSubstr("another store is open on it"));
    EXPECT_THAT(refusal([&] { remove_store(live()); }), HasSubstr("another store is open on it"));
    EXPECT_FALSE(test::same(everything_in(s), then));
  }
  restore_store(copy(), live());
  EXPECT_TRUE(test::same(everything_in(store{options()}), then));
  restore_store(folder_ / "later", live());
  EXPECT_FALSE(test::same(everything_in(store{options()}), then));
  EXPECT_THAT(names(), UnorderedElementsAre("live", "copy", "later"));
}

TEST_F(checkpoints, are_not_written_over_nor_opened) {
  store s{options()};
  fill(s, 1);
  s.checkpoint(copy());
  auto files = files_in(copy());
  EXPECT_THAT(refusal([&] { s.checkpoint(copy()); }), HasSubstr("is there already"));
  EXPECT_THAT(refusal([&] { store opened{{copy(), 1 << 20, nullptr}}; }), HasSubstr("is a checkpoint"));
  files.erase("LOCK");
  auto now = files_in(copy());
  now.erase("LOCK");
  EXPECT_EQ(now, files);
  fill(s, 2);  // the store goes on
  EXPECT_EQ(s.broken(), std::nullopt);
}

TEST_F(checkpoints, are_what_is_restored_and_nothing_else_is) {
  { store s{options()}; }
  EXPECT_THAT(refusal([&] { restore_store(live(), folder_ / "again"); }), HasSubstr("is a live folder, no checkpoint"));
  EXPECT_THAT(refusal([&] { restore_store(folder_ / "none", live()); }), HasSubstr("none: is not there"));
  fs::create_directory(folder_ / "empty");
  EXPECT_THAT(refusal([&] { restore_store(folder_ / "empty", live()); }), HasSubstr("is no store"));
  store s{options()};
}

TEST_F(checkpoints, whose_folder_cannot_be_made_leave_the_store_at_work) {
  store s{options()};
  fill(s, 1);
  EXPECT_THAT(refusal([&] { s.checkpoint(folder_ / "no" / "such"); }), HasSubstr("No such file or directory"));
  EXPECT_EQ(s.broken(), std::nullopt);
  fill(s, 2);
  s.checkpoint(copy());
}

TEST_F(checkpoints, that_lack_a_file_are_refused) {
  {
    store s{options()};
    fill(s, 1);
    s.checkpoint(copy());
  }
  for (const auto& e : fs::directory_iterator{copy()})
    if (e.path().extension() == ".sst") {
      fs::remove(e.path());
      break;
    }
  restore_store(copy(), live());
  EXPECT_THAT(refusal([&] { store s{options()}; }), HasSubstr(live().string() + ": opening the store"));
}

TEST_F(checkpoints, leave_nothing_behind_when_cut_short) {
  {
    store s{options()};
    fill(s, 1);
    s.checkpoint(copy());
  }
  // As crashes leave them: while a checkpoint is made, while a folder is removed, and beside the live folder.
  for (auto name : {"early.store-unfinished.tmp", "late.store-unfinished", "old.store-discarded",
                    "live.store-unfinished", "live.store-discarded"}) {
    fs::create_directory(folder_ / name);
    std::ofstream{folder_ / name / "000001.sst"} << "half a table";
  }
  { store s{options()}; }
  EXPECT_THAT(names(), UnorderedElementsAre("live", "copy", "early.store-unfinished.tmp", "late.store-unfinished",
                                            "old.store-discarded"));
  remove_store_leftovers(folder_.path());
  EXPECT_THAT(names(), UnorderedElementsAre("live", "copy"));
}

TEST_F(checkpoints, begun_to_be_restored_are_restored_by_whoever_comes_next) {
  test::model then;
  {
    store s{options()};
    fill(s, 1);
    s.checkpoint(copy());
    then = everything_in(s);
    fill(s, 2);
    s.flush();
  }
  restore_store(copy(), folder_ / "again");
  fs::rename(folder_ / "again", folder_ / "live.store-ready");
  EXPECT_TRUE(test::same(everything_in(store{options()}), then));
  fs::rename(live(), folder_ / "live.store-ready");
  EXPECT_TRUE(test::same(everything_in(store{options()}), then));
  EXPECT_THAT(names(), UnorderedElementsAre("live", "copy"));
}

TEST_F(checkpoints, go_when_they_are_removed) {
  {
    store s{options()};
    fill(s, 1);
    s.checkpoint(copy());
    remove_store(copy());
    remove_store(copy());
    s.checkpoint(copy());
  }
  remove_store(live());
  EXPECT_THAT(names(), UnorderedElementsAre("copy"));
  for (const auto& table : everything_in(store{options()})) EXPECT_THAT(table, IsEmpty());
}

}  // namespace
}  // namespace cartwheel
