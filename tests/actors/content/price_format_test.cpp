#include "actors/content/price_format.hpp"

#include "actors/event/money.hpp"

#include <gtest/gtest.h>
#include <unicode/currunit.h>
#include <unicode/numberformatter.h>
#include <unicode/numfmt.h>

namespace cartwheel {
namespace {

currency_code code(std::string_view letters) { return {{letters[0], letters[1], letters[2]}}; }

std::string written(std::string_view locale, std::string_view currency, int64_t minor) {
  price_formats formats;
  const auto* f = formats.of(locale, code(currency));
  if (f == nullptr) return "none";
  std::string out;
  f->append(out, minor);
  return out;
}

TEST(price_format, is_the_locales) {
  EXPECT_EQ(written("nl-NL", "EUR", 2'495), "€\u00a024,95");
  EXPECT_EQ(written("nl", "EUR", 123'456'789), "€\u00a01.234.567,89");
  EXPECT_EQ(written("fr-FR", "EUR", 123'456), "1\u202f234,56\u00a0€");
  EXPECT_EQ(written("en-GB", "GBP", 5), "£0.05");
  EXPECT_EQ(written("en", "EUR", 0), "€0.00");
  EXPECT_EQ(written("de-DE", "EUR", 100'000), "1.000,00\u00a0€");
  EXPECT_EQ(written("pl-PL", "PLN", 123'456), "1234,56\u00a0zł");
  EXPECT_EQ(written("pl-PL", "PLN", 1'234'567), "12\u00a0345,67\u00a0zł");
  EXPECT_EQ(written("en-IN", "INR", 1'234'567'89), "₹12,34,567.89");
  EXPECT_EQ(written("ja-JP", "JPY", 1'234), "￥1,234");
  EXPECT_EQ(written("en-US", "KWD", 1'234'567), "KWD\u00a01,234.567");
}

TEST(price_format, has_none_for_what_is_no_currency) {
  EXPECT_EQ(written("nl", "XQX", 1), "none");
  price_formats formats;
  EXPECT_EQ(formats.of("nl", {}), nullptr);
}

TEST(price_format, survives_any_locale) {
  for (std::string_view locale :
       {"", "-", "xx-YY", "nl_NL", "nl-u-nu-arab", "\xff\xff", "a-very-long-locale-that-nobody-has"}) {
    EXPECT_NE(written(locale, "EUR", 123'456).find("234"), std::string::npos) << locale;
  }
}

TEST(price_format, keeps_a_bounded_number_of_formats) {
  price_formats formats;
  for (int i = 0; i < 1000; ++i) {
    auto locale = "nl-" + std::string{static_cast<char>('a' + i % 26)} + std::to_string(1000 + i / 26);
    EXPECT_NE(formats.of(locale, code("EUR")), nullptr) << locale;
  }
}

TEST(price_format, agrees_with_icu_in_every_locale) {
  int32_t count = 0;
  const icu::Locale* locales = icu::NumberFormat::getAvailableLocales(count);
  ASSERT_GT(count, 100);
  int compared = 0;
  for (int32_t i = 0; i < count; i += 3) {  // regional variants mostly repeat each other
    UErrorCode error = U_ZERO_ERROR;
    auto tag = locales[i].toLanguageTag<std::string>(error);
    for (std::string_view currency : {"EUR", "USD", "JPY", "KWD"}) {
      auto latin = locales[i];
      latin.setUnicodeKeywordValue("nu", "latn", error);
      auto ours = price_format::make(tag, code(currency));
      ASSERT_TRUE(ours) << tag;
      int digits = *minor_digits(currency);
      auto theirs = icu::number::NumberFormatter::withLocale(latin)
                      .unit(icu::CurrencyUnit{icu::StringPiece{currency.data(), 3}, error})
                      .precision(icu::number::Precision::fixedFraction(digits));
      for (int64_t minor :
           {0LL, 7LL, 99LL, 1'234LL, 99'999LL, 123'456LL, 1'234'567LL, 12'345'678LL, 987'654'321'012LL}) {
        std::string decimal = std::to_string(minor) + "E-" + std::to_string(digits);
        std::string expected;
        theirs.formatDecimal(decimal, error).toString(error).toUTF8String(expected);
        ASSERT_TRUE(U_SUCCESS(error)) << tag;
        std::string out;
        ours->append(out, minor);
        ASSERT_EQ(out, expected) << tag << " " << currency;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 1200);
}

}  // namespace
}  // namespace cartwheel
