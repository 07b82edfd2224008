#include "runtime/base/file_layer.hpp"

#include "tests/scratch_folder.hpp"
#include "tests/support/forgetful_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <system_error>

namespace cartwheel {
namespace {

using test::forgetful_files;
using testing::ElementsAre;
using testing::HasSubstr;
using access = file_layer::access;

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::system_error& e) {
    return e.what();
  }
  return "no error";
}

std::string all_of(const open_file& file) {
  std::string bytes(file.size() + 100, '?');
  bytes.resize(file.read_at(0, bytes));
  return bytes;
}

/// Both layers keep the same promises, or tests on the one would say nothing of the other.
class file_layers : public testing::TestWithParam<bool> {
 protected:
  file_layer& files() {
    if (GetParam()) return real_files();
    return forgetful_;
  }
  std::filesystem::path folder() {
    auto f = GetParam() ? scratch_.path() : std::filesystem::path{"/"};
    return f / "folder";
  }

  test::scratch_folder scratch_;
  forgetful_files forgetful_;
};

TEST_P(file_layers, keep_what_is_written_where_it_is_written) {
  files().make_folder(folder());
  files().make_folder(folder());
  auto file = files().create(folder() / "a");
  EXPECT_EQ(file->path(), folder() / "a");
  std::vector<std::string_view> pieces{"one ", "", "two ", "three"};
  write_fully(*file, 3, pieces);
  EXPECT_EQ(all_of(*file), std::string("\0\0\0one two three", 16));
  write_fully(*file, 7, "TWO");
  file->write_behind(3, 8);
  file->sync_data();
  file->drop_cached(3, 8);
  EXPECT_EQ(file->size(), 16u);
  std::string part(4, '?');
  EXPECT_EQ(file->read_at(7, part), 4u);
  EXPECT_EQ(part, "TWO ");
  EXPECT_EQ(file->read_at(14, part), 2u);
  EXPECT_EQ(file->read_at(16, part), 0u);
  EXPECT_EQ(file->read_at(99, part), 0u);
  files().sync_folder(folder());
  EXPECT_EQ(all_of(*files().open(folder() / "a", access::read)), all_of(*file));
}

TEST_P(file_layers, more_pieces_than_one_operation_takes) {
  files().make_folder(folder());
  auto file = files().create(folder() / "a");
  std::vector<std::string> texts;
  std::string whole;
  for (int i = 0; i < 3000; ++i) whole += texts.emplace_back(std::to_string(i));
  std::vector<std::string_view> pieces{texts.begin(), texts.end()};
  write_fully(*file, 0, pieces);
  EXPECT_EQ(all_of(*file), whole);
}

TEST_P(file_layers, set_space_aside_and_cut) {
  files().make_folder(folder());
  auto file = files().create(folder() / "a");
  write_fully(*file, 0, "abcdef");
  file->preallocate(10);
  EXPECT_EQ(all_of(*file), std::string("abcdef\0\0\0\0", 10));
  file->preallocate(4);
  EXPECT_EQ(file->size(), 10u);
  file->truncate(3);
  EXPECT_EQ(all_of(*file), "abc");
  file->truncate(5);
  EXPECT_EQ(all_of(*file), std::string("abc\0\0", 5));
}

TEST_P(file_layers, names_come_and_go) {
  files().make_folder(folder());
  EXPECT_TRUE(files().exists(folder()));
  write_fully(*files().create(folder() / "b"), 0, "b");
  write_fully(*files().create(folder() / "a"), 0, "a");
  EXPECT_THAT(files().list(folder()), ElementsAre("a", "b"));
  files().rename(folder() / "b", folder() / "c");
  EXPECT_FALSE(files().exists(folder() / "b"));
  files().rename(folder() / "c", folder() / "a");
  EXPECT_EQ(all_of(*files().open(folder() / "a", access::read)), "b");
  files().remove(folder() / "a");
  files().sync_folder(folder());
  EXPECT_THAT(files().list(folder()), ElementsAre());
  EXPECT_FALSE(files().exists(folder() / "missing" / "a"));
}

TEST_P(file_layers, errors_name_path_and_operation) {
  files().make_folder(folder());
  write_fully(*files().create(folder() / "a"), 0, "a");
  auto path = [&](const char* name) { return (folder() / name).string(); };
  EXPECT_THAT(error_of([&] { files().create(folder() / "a"); }), HasSubstr(path("a") + ": create: File exists"));
  EXPECT_THAT(error_of([&] { files().open(folder() / "b", access::write); }), HasSubstr(path("b") + ": open: No such"));
  EXPECT_THAT(error_of([&] { files().rename(folder() / "b", folder() / "c"); }), HasSubstr(path("b") + ": rename: No"));
  EXPECT_THAT(error_of([&] { files().remove(folder() / "b"); }), HasSubstr(path("b") + ": unlink: No such"));
  EXPECT_THAT(error_of([&] { files().list(folder() / "b"); }), HasSubstr(path("b") + ": list: No such"));
  EXPECT_THAT(error_of([&] { files().sync_folder(folder() / "b"); }), HasSubstr(path("b") + ": open: No such"));
  EXPECT_THAT(error_of([&] { files().make_folder(folder() / "b" / "c"); }),
              HasSubstr(path("b/c") + ": mkdir: No such"));
  auto read_only = files().open(folder() / "a", access::read);
  EXPECT_THAT(error_of([&] { write_fully(*read_only, 0, "x"); }), HasSubstr(path("a") + ": write: Bad file"));
}

INSTANTIATE_TEST_SUITE_P(, file_layers, testing::Bool(), [](const auto& i) { return i.param ? "real" : "forgetful"; });

TEST(real_files, say_what_a_full_disk_says) {
  auto full = real_files().open("/dev/full", access::write);
  EXPECT_THAT(error_of([&] { write_fully(*full, 0, "x"); }), HasSubstr("/dev/full: write: No space left"));
}

TEST(real_files, a_folder_is_no_file_and_a_file_no_folder) {
  test::scratch_folder scratch;
  EXPECT_THAT(error_of([&] { real_files().open(scratch.path(), access::write); }), HasSubstr("Is a directory"));
  real_files().create(scratch / "a");
  EXPECT_THAT(error_of([&] { real_files().make_folder(scratch / "a"); }), HasSubstr("mkdir: File exists"));
}

class forgetful : public testing::Test {
 protected:
  forgetful() { files_.make_folder("/f"); }

  forgetful_files files_;
};

TEST_F(forgetful, keeps_what_was_synced_whatever_the_seed) {
  auto file = files_.create("/f/a");
  write_fully(*file, 0, "synced");
  file->sync_data();
  files_.sync_folder("/f");
  write_fully(*file, 6, " not");
  write_fully(*files_.create("/f/b"), 0, "x");
  std::set<std::string> seen;
  bool forgot_a_name = false;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    forgetful_files after{files_};
    after.crash(seed);
    auto text = after.contents("/f/a");
    EXPECT_TRUE(text.starts_with("synced")) << text;
    seen.insert(text);
    forgot_a_name |= !after.exists("/f/b");
  }
  EXPECT_TRUE(seen.contains("synced") && seen.contains("synced not")) << "some seeds keep it and some do not";
  EXPECT_TRUE(forgot_a_name);
}

TEST_F(forgetful, keeps_any_sectors_of_what_was_not_synced) {
  auto file = files_.create("/f/a");
  file->preallocate(2048);
  file->sync_data();
  files_.sync_folder("/f");
  write_fully(*file, 0, std::string(2048, 'x'));
  bool later_without_earlier = false, torn = false;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    forgetful_files after{files_};
    after.crash(seed);
    auto text = after.contents("/f/a");
    ASSERT_EQ(text.size(), 2048u);
    later_without_earlier |= text[0] == '\0' && text[2047] == 'x';
    for (size_t s = 0; s < 2048; s += 512) torn |= text[s] == 'x' && text[s + 511] == '\0';
  }
  EXPECT_TRUE(later_without_earlier);
  EXPECT_TRUE(torn);
}

TEST_F(forgetful, renames_and_removals_last_when_their_folder_is_synced) {
  write_fully(*files_.create("/f/a"), 0, "a");
  write_fully(*files_.create("/f/b"), 0, "b");
  files_.sync_folder("/f");
  files_.rename("/f/a", "/f/c");
  files_.remove("/f/b");
  std::set<std::vector<std::string>> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    forgetful_files after{files_};
    after.crash(seed);
    seen.insert(after.list("/f"));
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAre(ElementsAre("a", "b"), ElementsAre("c"), ElementsAre("b", "c"),
                                                  ElementsAre("a")));
  files_.sync_folder("/f");
  files_.crash(1);
  EXPECT_THAT(files_.list("/f"), ElementsAre("c"));
}

TEST_F(forgetful, a_sync_after_one_that_failed_proves_nothing) {
  auto file = files_.create("/f/a");
  file->sync_data();
  files_.sync_folder("/f");
  write_fully(*file, 0, "doomed");
  files_.fail_after(0, EIO);
  EXPECT_THAT(error_of([&] { file->sync_data(); }), HasSubstr("/f/a: fdatasync: Input/output error"));
  EXPECT_TRUE(files_.has_failed());
  file->sync_data();
  bool lost = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    forgetful_files after{files_};
    after.crash(seed);
    lost |= after.contents("/f/a").empty();
  }
  EXPECT_TRUE(lost);
}

TEST_F(forgetful, fails_at_the_operation_it_is_told_and_writes_little_at_a_time) {
  auto file = files_.create("/f/a");
  files_.shorten_writes(3);
  write_fully(*file, 0, "abcdefgh");
  EXPECT_EQ(files_.contents("/f/a"), "abcdefgh");
  auto before = files_.operations();
  files_.fail_after(2, ENOSPC, 1);
  EXPECT_THAT(error_of([&] { write_fully(*file, 0, "ABCDEFGH"); }), HasSubstr("write: No space left on device"));
  EXPECT_EQ(files_.operations() - before, 3u);
  EXPECT_TRUE(files_.contents("/f/a").starts_with("ABCDEF"));
  write_fully(*file, 0, "again");
}

TEST_F(forgetful, a_file_that_was_open_in_a_crash_is_out_of_reach) {
  auto file = files_.create("/f/a");
  files_.sync_folder("/f");
  files_.crash(1);
  write_fully(*file, 0, "from the past");
  EXPECT_EQ(files_.contents("/f/a"), "");
}

TEST(write_fully, gives_up_on_a_file_that_takes_nothing) {
  forgetful_files files;
  auto file = files.create("/a");
  files.shorten_writes(0);
  EXPECT_THAT(error_of([&] { write_fully(*file, 0, "x"); }), HasSubstr("/a: write: Input/output error"));
  write_fully(*file, 0, "");
}

}  // namespace
}  // namespace cartwheel
