#include "actors/event/money.hpp"

#include "actors/event/limits.hpp"

#include <gtest/gtest.h>
#include <unicode/ucurr.h>
#include <unicode/uenum.h>

#include <cmath>
#include <limits>
#include <random>

namespace cartwheel {
namespace {

TEST(money, reads_decimal_texts) {
  EXPECT_EQ(parse_money("129.99", 2), 12999);
  EXPECT_EQ(parse_money("0", 2), 0);
  EXPECT_EQ(parse_money("7", 0), 7);
  EXPECT_EQ(parse_money("7", 3), 7000);
  EXPECT_EQ(parse_money("7.5", 2), 750);
  EXPECT_EQ(parse_money("007.50", 2), 750);
  EXPECT_EQ(parse_money("1.2345", 4), 12345);
}

TEST(money, rounds_half_to_even) {
  EXPECT_EQ(parse_money("0.125", 2), 12);
  EXPECT_EQ(parse_money("0.135", 2), 14);
  EXPECT_EQ(parse_money("0.1250000001", 2), 13);
  EXPECT_EQ(parse_money("0.12499999999999999999", 2), 12);
  EXPECT_EQ(parse_money("0.5", 0), 0);
  EXPECT_EQ(parse_money("1.5", 0), 2);
  EXPECT_EQ(parse_money("2.50", 0), 2);
  EXPECT_EQ(parse_money("2.501", 0), 3);
  EXPECT_EQ(parse_money("0.999", 2), 100);
}

TEST(money, refuses_what_is_no_decimal) {
  for (auto text : {"", ".", "5.", ".5", "-1", "+1", "-0", "1e2", "1,99", " 1", "1 ", "1.2.3", "NaN", "inf", "0x10",
                    "\xd9\xa1" /* an Arabic digit */, "EUR 1"}) {
    EXPECT_EQ(parse_money(text, 2), std::nullopt) << text;
  }
  EXPECT_EQ(parse_money(std::string_view{"1\0", 2}, 2), std::nullopt);
}

TEST(money, ends_where_a_full_cart_would_overflow) {
  auto max = std::to_string(limits::money_max);
  EXPECT_EQ(parse_money(max, 0), limits::money_max);
  EXPECT_EQ(parse_money(max + ".4", 0), limits::money_max);
  EXPECT_EQ(parse_money(max + ".6", 0), std::nullopt);
  EXPECT_EQ(parse_money(std::to_string(limits::money_max + 1), 0), std::nullopt);
  EXPECT_EQ(parse_money(max, 1), std::nullopt);
  EXPECT_EQ(parse_money(std::string(60'000, '9'), 2), std::nullopt);
  EXPECT_EQ(parse_money(static_cast<double>(limits::money_max), 0), limits::money_max);
  EXPECT_EQ(parse_money(static_cast<double>(limits::money_max) + 1, 0), std::nullopt);
  EXPECT_EQ(parse_money(static_cast<double>(limits::money_max), 2), std::nullopt);
}

TEST(money, reads_numbers_as_their_shortest_decimal) {
  EXPECT_EQ(parse_money(129.99, 2), 12999);
  EXPECT_EQ(parse_money(0.1 + 0.2, 2), 30);
  EXPECT_EQ(parse_money(1.005, 2), 100);  // a tie as written, though the double lies below it
  EXPECT_EQ(parse_money(1.015, 2), 102);  // likewise, to even
  EXPECT_EQ(parse_money(2.675, 2), 268);
  EXPECT_EQ(parse_money(0.125, 2), 12);
  EXPECT_EQ(parse_money(1e-320, 2), 0);
  EXPECT_EQ(parse_money(-0.0, 2), 0);
  EXPECT_EQ(parse_money(123456789.123, 3), 123456789123);
}

TEST(money, refuses_numbers_that_are_no_amount) {
  using limit = std::numeric_limits<double>;
  for (double number : {-0.01, -1.0, limit::quiet_NaN(), limit::infinity(), -limit::infinity(), 1e300}) {
    EXPECT_EQ(parse_money(number, 2), std::nullopt) << number;
  }
}

// The quick way for numbers and the way through the text must not differ.
TEST(money, numbers_agree_with_the_texts_they_are_read_from) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 200'000; ++i) {
    int digits = static_cast<int>(random() % 5);
    auto whole = random() % (uint64_t{1} << random() % 34);
    std::string text = std::to_string(whole) + "." + std::to_string(random() % 100'000);
    ASSERT_EQ(parse_money(std::stod(text), digits), parse_money(text, digits)) << text << " " << digits;
  }
}

TEST(currencies, have_the_minor_units_of_iso_4217) {
  EXPECT_EQ(minor_digits("EUR"), 2);
  EXPECT_EQ(minor_digits("JPY"), 0);
  EXPECT_EQ(minor_digits("KWD"), 3);
  EXPECT_EQ(minor_digits("CLF"), 4);
  EXPECT_EQ(minor_digits("UYW"), 4);
  EXPECT_EQ(minor_digits("ZWG"), 2);
  EXPECT_EQ(minor_digits("XXX"), 2);
  for (auto code : {"", "EU", "EURO", "eur", "Eur", "EU1", "AAA", "ZZZ", "DEM", "E\xc3\xbc", "EU\0"}) {
    EXPECT_EQ(minor_digits(code), std::nullopt) << code;
  }
}

// ICU's list is CLDR's, which counts coins; where it names decimals at all it must not name more than ours.
TEST(currencies, are_the_ones_icu_knows_as_current) {
  UErrorCode error = U_ZERO_ERROR;
  UEnumeration* codes = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &error);
  ASSERT_TRUE(U_SUCCESS(error));
  int32_t length = 0;
  while (const char* code = uenum_next(codes, &length, &error)) {
    if (code == std::string_view{"VEF"}) continue;  // withdrawn in 2018, but still common in ICU 72
    auto digits = minor_digits(code);
    EXPECT_TRUE(digits) << code;
    if (!digits) continue;
    char16_t wide[4] = {static_cast<char16_t>(code[0]), static_cast<char16_t>(code[1]), static_cast<char16_t>(code[2]),
                        0};
    EXPECT_GE(*digits, ucurr_getDefaultFractionDigits(wide, &error)) << code;
  }
  uenum_close(codes);
}

}  // namespace
}  // namespace cartwheel
