#include "actors/event/money.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cartwheel {

namespace {

// ISO 4217's own minor units, not ICU's: CLDR counts the coins in use (none for ALL, IRR or RSD), while a price list
// still has ISO's decimals. Codes withdrawn since 2022 stay, recorded events carry them; metals and test codes have no
// minor unit and count with two, as an event without a currency does.
// Source: ISO 4217 list one.
constexpr std::string_view codes_of_two =
  "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
  "CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF "
  "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV "
  "MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD "
  "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XAG XAU XBA XBB XBC XBD XCD "
  "XCG XDR XPD XPT XSU XTS XUA XXX YER ZAR ZMW ZWG ZWL";
constexpr std::string_view codes_of_none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view codes_of_three = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view codes_of_four = "CLF UYW";

constexpr size_t index_of(std::string_view code) {
  return (static_cast<size_t>(code[0] - 'A') * 26 + static_cast<size_t>(code[1] - 'A')) * 26 +
         static_cast<size_t>(code[2] - 'A');
}

constexpr auto digits_by_code = [] {
  std::array<int8_t, 26 * 26 * 26> table;
  table.fill(-1);
  auto enter = [&](std::string_view codes, int8_t digits) {
    for (size_t at = 0; at < codes.size(); at += 4) table[index_of(codes.substr(at, 3))] = digits;
  };
  enter(codes_of_two, 2);
  enter(codes_of_none, 0);
  enter(codes_of_three, 3);
  enter(codes_of_four, 4);
  return table;
}();

}  // namespace

std::optional<int> minor_digits(std::string_view currency) {
  auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(), is_upper)) return std::nullopt;
  int digits = digits_by_code[index_of(currency)];
  return digits < 0 ? std::nullopt : std::optional{digits};
}

}  // namespace cartwheel
