#include "actors/event/address.hpp"

#include "actors/event/mailbox.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

TEST(address, normalises_what_a_shopper_may_type_differently) {
  auto same = [](std::string_view given, std::string_view normal) {
    EXPECT_EQ(normalise_email(given), normal) << given;
    EXPECT_EQ(normalise_email(normal), normal) << "twice: " << given;
  };
  same("anna@example.com", "anna@example.com");
  same("Anna@Example.COM", "anna@example.com");
  same(
    "Anna@B\xc3\x9c"
    "CHER.example",
    "anna@xn--bcher-kva.example");
  same("anna@XN--BCHER-KVA.example", "anna@xn--bcher-kva.example");
  same("anna@fa\xc3\x9f.de", "anna@xn--fa-hia.de");  // non-transitional: not fass.de
  same("M\xc3\x9cLLER@example.com", "m\xc3\xbcller@example.com");
  same("Mu\xcc\x88ller@example.com", "m\xc3\xbcller@example.com");  // u and a combining diaeresis
  same("ΣΊΣΥΦΟΣ@example.com", "σίσυφος@example.com");               // the last sigma is a final one
  same("\xc4\xb0@example.com", "i\xcc\x87@example.com");            // no Turkish rules
  same("STRASSE@example.com", "strasse@example.com");
  same(
    "Stra\xc3\x9f"
    "e@example.com",
    "stra\xc3\x9f"
    "e@example.com");  // lower case, no folding
  same("\"Anna B\"@Example.com", "\"anna b\"@example.com");
  same("a.b+Tag@example.com", "a.b+tag@example.com");  // nothing is stripped
  same("anna@[192.0.2.1]", "anna@[192.0.2.1]");
  same("anna@[IPv6:2001:DB8::1]", "anna@[ipv6:2001:db8::1]");
  same("anna@localhost", "anna@localhost");
  same("anna@r3---sn.example", "anna@r3---sn.example");
  same("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com");
}

TEST(address, refuses_what_is_no_mailbox) {
  for (std::string_view mailbox : {"",
                                   "anna",
                                   "@example.com",
                                   "anna@",
                                   "anna@@example.com",
                                   ".anna@example.com",
                                   "anna.@example.com",
                                   "an..na@example.com",
                                   "an na@example.com",
                                   "anna@exa mple.com",
                                   " anna@example.com",
                                   "anna@example.com ",
                                   "anna@example.com.",
                                   "anna@.example.com",
                                   "anna@example..com",
                                   "anna@-example.com",
                                   "anna@example-.com",
                                   "anna@exam_ple.com",
                                   "Anna <anna@example.com>",
                                   "\"anna@example.com",
                                   "\"an\"na@example.com",
                                   "\"\\\"@example.com",
                                   "\"an\nna\"@example.com",
                                   "an(comment)na@example.com",
                                   "a,b@example.com",
                                   "anna@[192.0.2]",
                                   "anna@[192.0.2.256]",
                                   "anna@[2001:db8::1]",
                                   "anna@[IPv6:2001:db8::1::2]",
                                   "anna@[]",
                                   "anna@[192.0.2.1",
                                   "anna@192.0.2.1]",
                                   "anna@xn--",
                                   "anna@xn--a",
                                   "anna@exa\xc2\xadmple\xef\xbf\xbf.com",
                                   "anna\r\n@example.com",
                                   "anna@example.com\n",
                                   "\xff@example.com",
                                   "anna@\xff.com",
                                   "\xc2\x85@example.com",
                                   "anna@ex%61mple.com",
                                   "a\"b\"@example.com",
                                   "anna@[tag:content]",
                                   "anna@[IPv6:]"}) {
    EXPECT_EQ(normalise_email(mailbox), std::nullopt) << mailbox;
  }
  using namespace std::string_view_literals;
  EXPECT_EQ(normalise_email("an\0na@example.com"sv), std::nullopt);
  EXPECT_EQ(normalise_email("anna@[192.0.2.1\0]"sv), std::nullopt);
}

TEST(address, keeps_to_the_bounds) {
  auto local = [](size_t n) { return std::string(n, 'a') + "@example.com"; };
  EXPECT_TRUE(normalise_email(local(64)));
  EXPECT_FALSE(normalise_email(local(65)));
  auto label = [](size_t n) { return "anna@" + std::string(n, 'a') + ".com"; };
  EXPECT_TRUE(normalise_email(label(63)));
  EXPECT_FALSE(normalise_email(label(64)));
  std::string longest = std::string(60, 'a') + "@";
  while (longest.size() < 252) longest += "b.";
  longest.resize(253);
  longest += "c";
  if (longest[252] == '.') longest[252] = 'd';
  EXPECT_EQ(longest.size(), 254u);
  EXPECT_TRUE(normalise_email(longest)) << longest;
  EXPECT_FALSE(normalise_email(longest + "c"));
}

TEST(address, plain_mailboxes_are_their_lower_case) {
  EXPECT_TRUE(is_plain_mailbox("anna.b@example.com"));
  EXPECT_FALSE(is_plain_mailbox("anna@xn--bcher-kva.example"));
  EXPECT_FALSE(is_plain_mailbox("\"anna\"@example.com"));
  EXPECT_FALSE(is_plain_mailbox("m\xc3\xbcller@example.com"));
  EXPECT_FALSE(is_plain_mailbox("anna@[192.0.2.1]"));
}

TEST(address, domains_for_the_envelope) {
  EXPECT_EQ(domain_to_ascii("B\xc3\x9c"
                            "CHER.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(domain_to_ascii("Example.COM"), "example.com");
  EXPECT_EQ(domain_to_ascii("\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82jp"), "xn--r8jz45g.jp");  // an ideographic full stop
  EXPECT_EQ(domain_to_ascii("[192.0.2.1]"), "[192.0.2.1]");
  EXPECT_EQ(domain_to_ascii(""), std::nullopt);
  EXPECT_EQ(domain_to_ascii("."), std::nullopt);
  EXPECT_EQ(domain_to_ascii("a b"), std::nullopt);
  EXPECT_EQ(domain_to_ascii(std::string(300, 'a')), std::nullopt);
  EXPECT_EQ(domain_to_ascii(std::string(3000, '\xc3')), std::nullopt);
}

}  // namespace
}  // namespace cartwheel
