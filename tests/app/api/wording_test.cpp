#include "app/api/wording.hpp"

#include "actors/event/moment.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cartwheel {
namespace {

currency_code code(const char (&text)[4]) { return {{text[0], text[1], text[2]}}; }

TEST(wording, moments_as_rfc_3339) {
  EXPECT_EQ(rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(from_unix_ms(1'769'943'600'250)), "2026-02-01T11:00:00.250Z");
  EXPECT_EQ(rfc3339(from_unix_ms(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
  for (int64_t ms : {1'769'943'600'001, 951'782'400'000, 1'000'000'000'999})
    EXPECT_EQ(parse_rfc3339(rfc3339(from_unix_ms(ms))), from_unix_ms(ms));
}

TEST(wording, amounts_have_their_currencys_decimals) {
  EXPECT_EQ(decimal_amount(12'999, code("EUR")), "129.99");
  EXPECT_EQ(decimal_amount(5, code("EUR")), "0.05");
  EXPECT_EQ(decimal_amount(0, code("EUR")), "0.00");
  EXPECT_EQ(decimal_amount(12'999, code("JPY")), "12999");
  EXPECT_EQ(decimal_amount(12'999, code("KWD")), "12.999");
  EXPECT_EQ(decimal_amount(12'999, {}), "129.99");
  EXPECT_EQ(decimal_amount(std::numeric_limits<int64_t>::max(), code("EUR")), "92233720368547758.07");
}

TEST(wording, an_amount_nobody_knows_is_none) { EXPECT_EQ(decimal_amount(-1, code("EUR")), std::nullopt); }

}  // namespace
}  // namespace cartwheel
