#include "app/commands.hpp"
#include "app/config/reference.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace cartwheel {
namespace {

struct said {
  int exit_code;
  std::string output;
  std::string complaints;
};

said run(const check_options& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int code = check(options);
  auto complaints = testing::internal::GetCapturedStderr();
  return {code, testing::internal::GetCapturedStdout(), complaints};
}

said run_on(std::string_view text, std::vector<std::string> sets = {}) {
  test::scratch_folder folder;
  check_options o;
  o.config = (folder / "c.toml").string();
  o.sets = std::move(sets);
  std::ofstream{o.config} << text;
  return run(o);
}

TEST(check, says_ok_and_what_it_understood) {
  auto s = run_on("[outlet]\nkind = \"smtp\"\n[smtp.relay.main]\naddress = \"relay:25\"\n");
  EXPECT_EQ(s.exit_code, 0);
  EXPECT_THAT(s.output, testing::StartsWith("ok\n"));
  EXPECT_THAT(s.output, testing::HasSubstr("smtp relay main at relay:25, 4 connections"));
  EXPECT_EQ(s.complaints, "");
}

TEST(check, fails_with_every_problem) {
  auto s = run_on("[node]\nshards = 300\n", {"journal.sync=never"});
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_EQ(s.output, "");
  EXPECT_THAT(s.complaints, testing::HasSubstr(".toml:2: node.shards: 300"));
  EXPECT_THAT(s.complaints, testing::HasSubstr("--set journal.sync=never: journal.sync: "));
}

TEST(check, compiles_the_templates) {
  auto s = run_on("", {"campaign.cart.steps=[{after='0s', template='not-there'}]"});
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints, testing::HasSubstr("\"not-there\""));
}

TEST(check, reads_what_relays_log_in_with_and_does_not_show_it) {
  test::scratch_folder folder;
  const auto password = (folder / "password").string();
  const auto relay = [&](const std::string& more) {
    return "[outlet]\nkind = \"smtp\"\n[smtp.relay.main]\naddress = \"relay:587\"\ntls = \"starttls-required\"\n"
           "user = \"shop\"\npassword_file = \"" +
           password + "\"\n" + more;
  };
  auto s = run_on(relay(""));
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_EQ(s.complaints, "smtp.relay.main.password_file: " + password + ": No such file or directory\n");
  std::ofstream{password} << "hunter2\n";
  std::filesystem::permissions(password, std::filesystem::perms::owner_read | std::filesystem::perms::others_read);
  s = run_on(relay(""));
  EXPECT_EQ(s.exit_code, 0);
  EXPECT_THAT(s.output, testing::HasSubstr("smtp relay main at relay:587, 4 connections, STARTTLS, with login\n"));
  EXPECT_THAT(s.complaints, testing::StartsWith("warning: smtp.relay.main.password_file: "));
  EXPECT_THAT(s.output + s.complaints, testing::Not(testing::HasSubstr("hunter2")));
  s = run_on(relay("ca_file = \"/no/such/ca.pem\"\n"));
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints, testing::HasSubstr("smtp.relay.main.ca_file: /no/such/ca.pem: "));
}

TEST(check, reads_dkim_keys_and_prints_what_to_publish) {
  test::scratch_folder folder;
  auto section = [](const std::string& file) {
    return "[dkim.\"example.com\"]\nselector = \"news\"\nkey_file = \"" + file + "\"\n";
  };
  auto good = run_on(section(write_key(folder / "rsa.pem", test::rsa_key())));
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.complaints, "");
  EXPECT_THAT(good.output,
              testing::ContainsRegex("news\\._domainkey\\.example\\.com\\. IN TXT \\( \"v=DKIM1; k=rsa; p=[^\"]+\" "
                                     "\"[^\"]+\" \\)\n$"));
  auto bad = run_on(section("/no/such/key"));
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_EQ(bad.output, "");
  EXPECT_EQ(bad.complaints,
            "dkim.\"example.com\".key_file = \"/no/such/key\": cannot be read: No such file or directory\n");
  std::filesystem::permissions(folder / "rsa.pem", std::filesystem::perms{0644});
  auto open = run_on(section((folder / "rsa.pem").string()));
  EXPECT_EQ(open.exit_code, 0);
  EXPECT_THAT(open.complaints, testing::StartsWith("warning: "));
}

TEST(check, prints_what_its_table_knows) {
  check_options o;
  o.print_defaults = true;
  EXPECT_EQ(run(o).output, default_configuration());
  o = {};
  o.print_reference = true;
  EXPECT_EQ(run(o).output, configuration_reference());
}

}  // namespace
}  // namespace cartwheel
