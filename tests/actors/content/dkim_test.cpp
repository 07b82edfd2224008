// What dkim_signer makes of its keys; whether others believe its signatures is asked in message_builder_test and the
// scenario mails_are_signed.
#include "actors/content/dkim.hpp"

#include "actors/content/dkim_canonical.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace cartwheel {
namespace {

using test::ed25519_key;
using test::rsa_key;
using test::write_key;
using testing::HasSubstr;
using testing::StartsWith;

const instant date = from_unix_ms(1'795'291'200'500);
constexpr std::string_view message =
  "From: Example <cart@shop.example.com>\r\nTo: anna@example.org\r\nSubject: s\r\nDate: d\r\nMessage-ID: <m@x>\r\n"
  "List-Unsubscribe: <https://x/u/t>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Other: "
  "x\r\n\r\nbody\r\n";

class a_dkim_signer : public testing::Test {
 protected:
  static void SetUpTestSuite() { rsa = rsa_key(); }
  static void TearDownTestSuite() { rsa.reset(); }
  static inline test::test_key rsa;

  std::string file(const std::string& name) { return (scratch.path() / name).string(); }
  dkim_settings keys() { return {"news", write_key(file("rsa"), rsa), "", ""}; }
  static std::string complaint(const std::string& domain, const dkim_settings& s) {
    try {
      dkim_signer signer{{{domain, s}}};
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  }
  /// The value of a tag, its folding taken out.
  static std::string tag(std::string field, const std::string& name) {
    std::erase_if(field, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
    field = ';' + field.substr(field.find(':') + 1);
    auto at = field.find(';' + name + '=');
    if (at == field.npos) return "none";
    at += name.size() + 2;
    return field.substr(at, field.find(';', at) - at);
  }

  test::scratch_folder scratch;
};

TEST_F(a_dkim_signer, signs_what_readers_go_by_once_more_than_it_is_there) {
  dkim_signer signer{{{"example.com", keys()}}};
  auto field = signer.sign("example.com", message, date);
  EXPECT_THAT(field, StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=news;\r\n "));
  EXPECT_EQ(tag(field, "t"), "1795291200");
  EXPECT_EQ(tag(field, "l"), "none");
  EXPECT_EQ(
    tag(field, "h"),
    "From:From:To:To:Reply-To:Subject:Subject:Date:Date:Message-ID:Message-ID:List-Unsubscribe:List-Unsubscribe:"
    "List-Unsubscribe-Post:List-Unsubscribe-Post");
  EXPECT_EQ(tag(field, "b").size(), 344u);
  for (size_t at = 0; at < field.size();) {
    auto end = field.find("\r\n", at);
    EXPECT_LE(end - at, 78u);
    at = end + 2;
  }
  EXPECT_EQ(std::ranges::count(field, '\n'), std::ranges::count(field, '\r'));
}

TEST_F(a_dkim_signer, makes_the_same_bytes_of_the_same_mail) {
  dkim_signer signer{{{"example.com", keys()}}}, other{{{"example.com", keys()}}};
  EXPECT_EQ(signer.sign("example.com", message, date), other.sign("example.com", message, date));
  EXPECT_NE(signer.sign("example.com", message, date), signer.sign("example.com", message, date + 1s));
}

TEST_F(a_dkim_signer, signs_for_domains_below_its_own_and_no_others) {
  dkim_signer signer{{{"example.com", keys()}}};
  EXPECT_EQ(tag(signer.sign("a.shop.example.com", message, date), "d"), "example.com");
  for (auto other : {"example.org", "com", "", "notexample.com", "example.com.evil.example"}) {
    EXPECT_EQ(signer.sign(other, message, date), "") << other;
    EXPECT_FALSE(signer.signs(other));
  }
}

TEST_F(a_dkim_signer, puts_an_ed25519_signature_behind_the_first) {
  auto s = keys();
  s.ed25519_selector = "news-ed";
  s.ed25519_key_file = write_key(file("ed"), ed25519_key());
  dkim_signer signer{{{"example.com", s}}};
  auto fields = signer.sign("example.com", message, date);
  auto second = fields.find("DKIM-Signature:", 1);
  ASSERT_NE(second, fields.npos);
  EXPECT_EQ(tag(fields.substr(0, second), "a"), "rsa-sha256");
  EXPECT_EQ(tag(fields.substr(second), "a"), "ed25519-sha256");
  EXPECT_EQ(tag(fields.substr(second), "s"), "news-ed");
  EXPECT_EQ(tag(fields.substr(second), "b").size(), 88u);
  auto records = signer.dns_records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].name, "news._domainkey.example.com");
  EXPECT_THAT(records[0].value, StartsWith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
  EXPECT_EQ(records[1].name, "news-ed._domainkey.example.com");
  EXPECT_EQ(records[1].value.size(), std::string_view{"v=DKIM1; k=ed25519; p="}.size() + 44);
}

TEST_F(a_dkim_signer, refuses_keys_that_would_not_do_and_says_which) {
  auto with = [&](const std::string& key_file) { return dkim_settings{"news", key_file, "", ""}; };
  EXPECT_EQ(complaint("example.com", with("/nowhere/key")),
            "dkim.\"example.com\".key_file = \"/nowhere/key\": cannot be read: No such file or directory");
  EXPECT_THAT(complaint("example.com", with(scratch.path().string())), HasSubstr("cannot be read: Is a directory"));
  std::ofstream{file("text")} << "no key\n";
  EXPECT_THAT(complaint("example.com", with(file("text"))), HasSubstr("holds no private key in PEM"));
  std::ofstream{file("long")} << std::string(1 << 20, 'x');
  EXPECT_THAT(complaint("example.com", with(file("long"))), HasSubstr("is longer than 65536 bytes"));
  EXPECT_THAT(complaint("example.com", with(write_key(file("small"), rsa_key(1024)))),
              HasSubstr("holds an RSA key of 1024 bits; must have at least 2048"));
  EXPECT_THAT(complaint("example.com", with(write_key(file("ed"), ed25519_key()))),
              HasSubstr("holds a key that is not RSA"));
  EXPECT_THAT(complaint("example.com", with(write_key(file("locked"), rsa, "password"))),
              HasSubstr("that can be read without a password"));
  auto both_wrong = with(file("text"));
  both_wrong.ed25519_selector = "ed";
  both_wrong.ed25519_key_file = write_key(file("rsa"), rsa);
  EXPECT_THAT(complaint("example.com", both_wrong), HasSubstr("\ndkim.\"example.com\".ed25519_key_file = \"" +
                                                              file("rsa") + "\": holds a key that is not Ed25519"));
}

TEST_F(a_dkim_signer, warns_of_a_key_that_others_may_read) {
  auto s = keys();
  EXPECT_TRUE((dkim_signer{{{"example.com", s}}}.warnings().empty()));
  std::filesystem::permissions(s.key_file, std::filesystem::perms{0644});
  dkim_signer signer{{{"example.com", s}}};
  ASSERT_EQ(signer.warnings().size(), 1u);
  EXPECT_THAT(signer.warnings()[0], HasSubstr("has mode 0644"));
}

}  // namespace
}  // namespace cartwheel
