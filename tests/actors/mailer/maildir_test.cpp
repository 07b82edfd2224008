#include "actors/mailer/maildir.hpp"
#include "tests/scratch_folder.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;

class a_maildir : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(box().open().result, maildir_result::delivered); }

  maildir box() const { return maildir{root}; }

  static rendered_mail mail(std::string id = "abc@example.com", std::string bytes = "Subject: x\r\n\r\n.\r\nb\rc\r\n") {
    return {std::move(id), "cart@example.com", "anna@example.org", false, std::move(bytes)};
  }

  std::vector<std::string> files(const char* folder) const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator{root / folder}) out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }

  test::scratch_folder scratch;
  std::filesystem::path root = scratch / "box";
};

TEST_F(a_maildir, holds_a_delivered_mail_with_unix_line_ends_and_its_envelope) {
  auto b = box();
  ASSERT_EQ(b.open().result, maildir_result::delivered);
  EXPECT_EQ(b.deliver(mail()).result, maildir_result::delivered);
  std::ifstream in{root / "new" / "abc@example.com", std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_EQ(text, "Return-Path: <cart@example.com>\nDelivered-To: anna@example.org\nSubject: x\n\n.\nb\rc\n");
  EXPECT_THAT(files("tmp"), ElementsAre());
}

TEST_F(a_maildir, delivers_nothing_twice) {
  auto b = box();
  b.open();
  EXPECT_EQ(b.deliver(mail()).result, maildir_result::delivered);
  EXPECT_EQ(b.deliver(mail()).result, maildir_result::already_delivered);
  auto restarted = box();
  restarted.open();
  EXPECT_EQ(restarted.deliver(mail()).result, maildir_result::already_delivered);
  std::filesystem::rename(root / "new" / "abc@example.com", root / "cur" / "abc@example.com:2,FS");
  EXPECT_EQ(restarted.deliver(mail()).result, maildir_result::already_delivered);
  auto again = box();
  again.open();
  EXPECT_EQ(again.deliver(mail()).result, maildir_result::already_delivered);
  EXPECT_EQ(again.deliver(mail("abc@example.co")).result, maildir_result::delivered);
  EXPECT_THAT(files("new"), ElementsAre("abc@example.co"));
}

TEST_F(a_maildir, takes_a_mail_again_when_its_reader_threw_it_away) {
  auto b = box();
  b.open();
  b.deliver(mail());
  std::filesystem::remove(root / "new" / "abc@example.com");
  EXPECT_EQ(b.deliver(mail()).result, maildir_result::delivered);
}

TEST_F(a_maildir, does_not_mind_what_a_crash_left_in_tmp) {
  std::ofstream{root / "tmp" / "abc@example.com"}
    << "half a mail, longer than the whole one will be ........................"
       "..............................................................";
  auto b = box();
  b.open();
  EXPECT_EQ(b.deliver(mail()).result, maildir_result::delivered);
  EXPECT_THAT(files("tmp"), ElementsAre());
  EXPECT_EQ(std::filesystem::file_size(root / "new" / "abc@example.com"), 81u);
}

TEST_F(a_maildir, takes_several_mails_with_one_sync) {
  auto b = box();
  b.open();
  std::vector<rendered_mail> mails{mail("1@x"), mail("2@x"), mail("1@x")};
  std::vector<maildir_result> results;
  for (const auto& o : b.deliver(mails)) results.push_back(o.result);
  EXPECT_THAT(results,
              ElementsAre(maildir_result::delivered, maildir_result::delivered, maildir_result::already_delivered));
  EXPECT_TRUE(b.deliver(std::span<const rendered_mail>{}).empty());
}

TEST_F(a_maildir, leaves_nothing_behind_when_the_disk_is_full) {
  auto b = box();
  b.open();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{1000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  auto outcome = b.deliver(mail("big@x", std::string(5000, 'x')));
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(outcome.result, maildir_result::failed);
  EXPECT_EQ(outcome.error, std::errc::file_too_large);
  EXPECT_EQ(outcome.path, (root / "tmp" / "big@x").string());
  EXPECT_THAT(files("tmp"), ElementsAre());
  EXPECT_THAT(files("new"), ElementsAre());
  EXPECT_EQ(b.deliver(mail("big@x", std::string(5000, 'x'))).result, maildir_result::delivered)
    << "there is room again";
}

TEST_F(a_maildir, names_the_folder_that_cannot_be_used) {
  auto b = box();
  b.open();
  std::filesystem::remove_all(root / "tmp");
  auto outcome = b.deliver(mail());
  EXPECT_EQ(outcome.error, std::errc::no_such_file_or_directory);
  EXPECT_EQ(outcome.path, (root / "tmp" / "abc@example.com").string());
  std::filesystem::remove_all(root);
  std::ofstream{root} << "a file";
  outcome = box().open();
  EXPECT_EQ(outcome.result, maildir_result::failed);
  EXPECT_EQ(outcome.path, (root / "tmp").string());
  EXPECT_TRUE(outcome.error);
}

TEST_F(a_maildir, names_files_so_that_no_id_leads_elsewhere) {
  EXPECT_EQ(maildir::file_name("a.b-c_d+e@example.com"), "a.b-c_d+e@example.com");
  EXPECT_EQ(maildir::file_name("../../etc/passwd:2,S"), "%2E.%2F..%2Fetc%2Fpasswd%3A2%2CS");
  EXPECT_EQ(maildir::file_name(".."), "%2E.");
  EXPECT_NE(maildir::file_name("a/b"), maildir::file_name("a%2Fb"));
  std::string long_id(400, 'x');
  EXPECT_EQ(maildir::file_name(long_id).size(), 200u);
  EXPECT_NE(maildir::file_name(long_id), maildir::file_name(long_id + "x"));
  auto b = box();
  b.open();
  EXPECT_EQ(b.deliver(mail("../../up")).result, maildir_result::delivered);
  EXPECT_EQ(b.deliver(mail(long_id)).result, maildir_result::delivered);
  EXPECT_EQ(files("new").size(), 2u);
}

}  // namespace
}  // namespace cartwheel
