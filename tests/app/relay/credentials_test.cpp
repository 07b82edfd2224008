#include "app/relay/credentials.hpp"

#include "tests/scratch_folder.hpp"
#include "transport/smtp/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace cartwheel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
namespace fs = std::filesystem;

struct credentials_test : testing::Test {
  found_credentials password(const std::string& content, fs::perms mode = fs::perms::owner_read) {
    auto file = (folder / "password").string();
    fs::remove(file);
    std::ofstream{file, std::ios::binary} << content;
    fs::permissions(file, mode);
    relay_settings r;
    r.user = "u";
    r.password_file = file;
    return read_credentials("main", r);
  }

  found_credentials token(const std::string& content) {
    auto file = (folder / "token").string();
    std::ofstream{file, std::ios::binary} << content;
    fs::permissions(file, fs::perms::owner_all);
    relay_settings r;
    r.user = "u";
    r.token_file = file;
    return read_credentials("main", r);
  }

  test::scratch_folder folder;
};

TEST_F(credentials_test, a_newline_at_the_end_does_not_count) {
  for (const auto* content : {"pass word", "pass word\n", "pass word\r\n"}) {
    const auto found = password(content);
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_THAT(found.warnings, IsEmpty());
    EXPECT_EQ(found.who.user, "u");
    EXPECT_EQ(found.who.password, "pass word");
    EXPECT_EQ(found.who.token, "");
  }
  EXPECT_EQ(password(" blanks are its own ").who.password, " blanks are its own ");
  EXPECT_EQ(password("p\u00e4ss\n").who.password, "p\u00e4ss");
}

TEST_F(credentials_test, what_is_no_password) {
  for (const std::string& content :
       {std::string{}, std::string{"\n"}, std::string{"hunter2\n\n"}, std::string{"hunter2\nmore"},
        std::string{"hunt\0er2", 8}, std::string{"hunter2\x1b"}, std::string{"hunter2\xff"},
        std::string(smtp::limits::credential_bytes_max + 1, 'x'), std::string(1'000'000, 'x')}) {
    const auto found = password(content);
    EXPECT_THAT(found.problems, ElementsAre(AllOf(HasSubstr("smtp.relay.main.password_file: " + folder.path().string()),
                                                  Not(HasSubstr("hunter2")))));
    EXPECT_EQ(found.who.password, "");
  }
  EXPECT_THAT(password(std::string(smtp::limits::credential_bytes_max, 'x') + "\r\n").problems, IsEmpty());
}

TEST_F(credentials_test, a_token_is_visible_ascii) {
  EXPECT_EQ(token("ya29.a0Af_-~+/==\n").who.token, "ya29.a0Af_-~+/==");
  EXPECT_THAT(token("two words").problems, ElementsAre(HasSubstr("is no access token")));
  EXPECT_THAT(token("t\u00f6ken").problems, ElementsAre(HasSubstr("is no access token")));
}

TEST_F(credentials_test, everybody_can_read_it) {
  const auto open = password("hunter2", fs::perms::owner_read | fs::perms::others_read);
  EXPECT_EQ(open.who.password, "hunter2");
  EXPECT_THAT(open.problems, IsEmpty());
  EXPECT_THAT(open.warnings, ElementsAre(AllOf(HasSubstr("smtp.relay.main.password_file: "),
                                               HasSubstr("everybody on this machine can read it"))));
  EXPECT_THAT(password("hunter2", fs::perms::owner_read | fs::perms::group_read).warnings, IsEmpty());
}

TEST_F(credentials_test, places_where_nothing_is) {
  relay_settings r;
  r.user = "u";
  r.password_file = (folder / "not-there").string();
  r.token_env = "CARTWHEEL_TEST_NO_SUCH_TOKEN";
  EXPECT_THAT(read_credentials("eu", r).problems,
              ElementsAre("smtp.relay.eu.password_file: " + r.password_file + ": No such file or directory",
                          "smtp.relay.eu.token_env: $CARTWHEEL_TEST_NO_SUCH_TOKEN: is not set"));
  r.password_file = folder.path().string();
  EXPECT_THAT(read_credentials("eu", r).problems[0], HasSubstr("is no file"));
  // A pipe that nobody writes to would hold the mailer for ever.
  r.password_file = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(r.password_file.c_str(), 0600), 0);
  EXPECT_THAT(read_credentials("eu", r).problems[0], HasSubstr("is no file"));
}

TEST_F(credentials_test, from_the_environment) {
  ::setenv("CARTWHEEL_TEST_PASSWORD", "from env", 1);
  relay_settings r;
  r.user = "u";
  r.password_env = "CARTWHEEL_TEST_PASSWORD";
  EXPECT_EQ(read_credentials("main", r).who.password, "from env");
  ::setenv("CARTWHEEL_TEST_PASSWORD", "", 1);
  EXPECT_THAT(read_credentials("main", r).problems, ElementsAre(HasSubstr("is empty")));
}

TEST_F(credentials_test, no_login_reads_nothing) {
  EXPECT_FALSE(logs_in({}));
  const auto found = read_credentials("main", {});
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.who.password + found.who.token, "");
}

}  // namespace
}  // namespace cartwheel
