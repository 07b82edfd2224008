#include "actors/content/node_keys.hpp"
#include "tests/scratch_folder.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace cartwheel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class a_keys_file : public testing::Test {
 protected:
  void write(const std::string& text, mode_t mode = 0600) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
    ::chmod(file.c_str(), mode);
  }

  std::string complaint() {
    try {
      load_node_keys(file);
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "none";
  }

  std::string line(std::string_view name, char digit = 'a') {
    return std::string{name} + " = " + std::string(64, digit) + "\n";
  }

  test::scratch_folder folder;
  std::filesystem::path file = folder / "data" / "keys";
};

TEST_F(a_keys_file, is_made_when_it_is_not_there_and_then_stays) {
  auto made = load_or_make_node_keys(file);
  auto again = load_or_make_node_keys(file);
  EXPECT_EQ(made.links, again.links);
  EXPECT_EQ(made.message_id, again.message_id);
  EXPECT_EQ(made.partitions, again.partitions);
  EXPECT_NE(made.links, made.message_id);
  EXPECT_NE(made.links, secret_key{});
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{file.parent_path()}, {}), 1) << "no drafts are left";
}

TEST_F(a_keys_file, is_read_as_it_is_written) {
  write("# mine\n\n" + line("partitions", '1') + "\tlinks=" + std::string(64, 'F') + "\r\n" + line("message_id", '0'),
        0640);
  auto keys = load_node_keys(file);
  EXPECT_EQ(keys.links[31], 0xff);
  EXPECT_EQ(keys.partitions[0], 0x11);
  EXPECT_EQ(keys.message_id, secret_key{});
}

TEST_F(a_keys_file, is_refused_when_others_have_access) {
  auto all = line("links") + line("message_id") + line("partitions");
  for (mode_t mode : {0604, 0602, 0660, 0777}) {
    write(all, mode);
    EXPECT_THAT(complaint(), AllOf(HasSubstr(file.string()), HasSubstr("has mode 0"), HasSubstr("chmod 600")));
  }
}

TEST_F(a_keys_file, is_refused_with_its_line_and_without_its_secrets) {
  auto expect = [&](const std::string& text, std::string_view what) {
    write(text);
    EXPECT_THAT(complaint(), AllOf(HasSubstr(file.string()), HasSubstr(std::string{what}), Not(HasSubstr("bbbb"))));
  };
  expect("links\n", "line 1: expected `name = hex digits`");
  expect(line("links") + line("lynx", 'b'), "line 2: the name is none of");
  expect(line("links") + "\n" + line("links", 'b'), "line 3: links stands here twice");
  expect("links = " + std::string(63, 'b') + "\n", "line 1: links: expected 64 hex digits");
  expect("links = " + std::string(63, 'b') + "g\n", "line 1: links: expected 64 hex digits");
  expect(line("links") + line("partitions"), "message_id is missing");
  expect("", "links is missing");
  expect(std::string(20'000, '#'), "is longer than 16384 bytes");
}

TEST_F(a_keys_file, must_be_there_and_a_file) {
  EXPECT_THAT(complaint(), HasSubstr("is not there"));
  std::filesystem::create_directories(file);
  EXPECT_THAT(complaint(), HasSubstr("is no regular file"));
  file = "/proc/nowhere/keys";
  EXPECT_THROW(load_or_make_node_keys(file), std::runtime_error);
}

}  // namespace
}  // namespace cartwheel
