#include "actors/event/wellformed.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel::wellformed {
namespace {

TEST(wellformed, locales) {
  for (auto tag :
       {"nl", "nl-NL", "zh-Hant-TW", "de-CH-1996", "es-419", "sl-rozaj-biske", "zh-cmn-Hans-CN", "en-US-u-ca-gregory",
        "de-Latn-DE-1996-x-private", "x-whatever", "haw", "EN-us", "de-a-value-b-other"}) {
    EXPECT_TRUE(locale(tag)) << tag;
  }
  for (auto tag : {"", "n", "nl_NL", "nl-", "-nl", "nl--NL", "12", "nl-N", "en-u", "x", "x-", "nl-NL ",
                   "toolonglanguage", "nl-NL-NL-NL", "n\xc3\xa9", "de-a-b-value"}) {
    EXPECT_FALSE(locale(tag)) << tag;
  }
  EXPECT_FALSE(locale("x" + std::string(32, '-') + std::string(33, 'a')));
  std::string longest = "en-x";
  while (longest.size() < 64) longest += "-abcde";
  EXPECT_EQ(longest.size(), 64u);
  EXPECT_TRUE(locale(longest));
  EXPECT_FALSE(locale(longest + "-a"));
}

TEST(wellformed, time_zones) {
  for (auto zone : {"Europe/Amsterdam", "America/Argentina/Buenos_Aires", "UTC", "GMT", "Etc/GMT+5", "Asia/Calcutta",
                    "Europe/Kyiv", "CET", "EST5EDT"}) {
    EXPECT_TRUE(time_zone(zone)) << zone;
  }
  for (auto zone : {"", "europe/amsterdam", "Europe/Amsterdam ", "Europe", "Mars/Olympus", "CST", "IST", "+01:00",
                    "GMT+1", "Etc/Unknown"}) {
    EXPECT_FALSE(time_zone(zone)) << zone;
  }
}

TEST(wellformed, countries) {
  for (auto code : {"NL", "DE", "GB", "US", "XK", "ZW"}) EXPECT_TRUE(country(code)) << code;
  for (auto code : {"", "N", "nl", "NLD", "UK", "ZZ", "N1", "EU", "\xc3\x84"}) EXPECT_FALSE(country(code)) << code;
}

TEST(wellformed, phones) {
  for (auto number : {"+31612345678", "+12", "+999999999999999"}) EXPECT_TRUE(phone(number)) << number;
  for (auto number : {"", "+", "+1", "31612345678", "+0612345678", "+1234567890123456", "+31 612345678", "+31-6",
                      "+31a", "0031612345678", "++31612345678"}) {
    EXPECT_FALSE(phone(number)) << number;
  }
}

TEST(wellformed, https_urls) {
  for (auto url : {"https://shop.example/cart/1?x=y#z", "HTTPS://shop.example", "https://shop.example:8443/",
                   "https://[2001:db8::1]/",
                   "https://b\xc3\xbc"
                   "cher.example/\xe2\x82\xac"}) {
    EXPECT_TRUE(https_url(url)) << url;
  }
  for (auto url : {"", "https://", "https:///cart", "https://?x", "https://#x", "https://:443/", "http://shop.example",
                   "javascript:alert(1)", "https:/shop.example", "https://shop.example/a b", "https://shop.example/\n",
                   " https://shop.example", "https://shop.example/\x7f", "https://shop.example/\xc2\x85",
                   "https://shop.example/\xff", "ftp://shop.example"}) {
    EXPECT_FALSE(https_url(url)) << url;
  }
}

}  // namespace
}  // namespace cartwheel::wellformed
