#include "actors/content/mail_address.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

std::string text_of(std::string_view address) {
  auto a = parse_address(address);
  return a ? a->text : "none";
}

TEST(mail_address, takes_addresses_as_the_shopper_gave_them) {
  EXPECT_EQ(text_of("Anna.de-Vries+x@Example.ORG"), "Anna.de-Vries+x@example.org");
  EXPECT_EQ(text_of("\"anna de@vries\"@example.org"), "\"anna de@vries\"@example.org");
  EXPECT_EQ(text_of("anna@[192.0.2.1]"), "anna@[192.0.2.1]");
}

TEST(mail_address, writes_domains_in_a_labels) {
  auto a = parse_address("anna@M\u00fcnchen.example");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->text, "anna@xn--mnchen-3ya.example");
  EXPECT_EQ(a->domain, "xn--mnchen-3ya.example");
  EXPECT_FALSE(a->utf8);
  EXPECT_EQ(text_of("anna@xn--mnchen-3ya.example"), "anna@xn--mnchen-3ya.example");
}

TEST(mail_address, keeps_a_utf8_local_part_and_says_so) {
  auto a = parse_address("j\u00f8rgen@b\u00fccher.example");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->text, "j\u00f8rgen@b\u00fccher.example");
  EXPECT_EQ(a->domain, "xn--bcher-kva.example");
  EXPECT_TRUE(a->utf8);
}

TEST(mail_address, refuses_whatever_could_be_more_than_an_address) {
  for (std::string_view address : {"",
                                   "@",
                                   "a",
                                   "a@",
                                   "@b",
                                   "a@b\r\nBcc: x@y",
                                   "a\r\n@b.example",
                                   "a@b.example\n",
                                   " a@b.example",
                                   "a@b.example ",
                                   "a b@example.org",
                                   "a@b.example>",
                                   "<a@b.example>",
                                   "a@b.example,c@d.example",
                                   "a@b@c.example",
                                   "a..b@example.org",
                                   ".a@example.org",
                                   "a.@example.org",
                                   "a@-b.example",
                                   "a@b..example",
                                   "a@b_c.example",
                                   "\"a\r\nb\"@example.org",
                                   "\"a\"b\"@example.org",
                                   "a@[192.0.2.1\r\n]",
                                   "a@xn--\xff.example",
                                   "\xff@example.org",
                                   "a\u2028b@example.org",
                                   "a\u202eb@example.org",
                                   "a\u0085b@example.org"}) {
    EXPECT_EQ(text_of(address), "none") << address;
  }
  EXPECT_EQ(text_of(std::string_view{"a\0@example.org", 14}), "none");
  EXPECT_EQ(text_of("a@" + std::string(300, 'b')), "none");
  EXPECT_EQ(text_of(std::string(65, 'a') + "@example.org"), "none");
}

TEST(mail_address, reads_a_shops_from) {
  auto name = [](std::string_view from) {
    auto m = parse_mailbox(from);
    return m ? m->name + "|" + m->address.text : "none";
  };
  EXPECT_EQ(name("Example <cart@example.com>"), "Example|cart@example.com");
  EXPECT_EQ(name("\"Example, \\\"Inc.\\\"\" <cart@example.com>"), "Example, \"Inc.\"|cart@example.com");
  EXPECT_EQ(name("  Caf\u00e9\t& Zn  <cart@example.com>"), "Caf\u00e9 & Zn|cart@example.com");
  EXPECT_EQ(name("cart@example.com"), "|cart@example.com");
  EXPECT_EQ(name("<cart@example.com>"), "|cart@example.com");
  EXPECT_EQ(name("Evil\r\nBcc: x@y.example <cart@example.com>"), "Evil Bcc: x@y.example|cart@example.com");
  EXPECT_EQ(name("Example"), "none");
  EXPECT_EQ(name("Example <cart@example.com> x"), "none");
  EXPECT_EQ(name("Example cart@example.com>"), "none");
}

}  // namespace
}  // namespace cartwheel
