#include "actors/event/money.hpp"

#include "actors/event/limits.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace cartwheel {

namespace {

constexpr std::array<int64_t, 5> powers_of_ten{1, 10, 100, 1000, 10'000};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether the digits cut off (never empty) are more than half a unit, or exactly half of one that is odd.
bool rounds_up(std::string_view cut, int64_t kept) {
  if (cut[0] != '5') return cut[0] > '5';
  return cut.find_first_not_of('0', 1) != cut.npos || kept % 2 == 1;
}

}  // namespace

std::optional<int64_t> parse_money(std::string_view decimal, int digits) {
  size_t i = 0;
  int64_t minor = 0;
  auto append = [&](char c) {
    minor = minor * 10 + (c - '0');
    return minor <= limits::money_max;  // far below overflow, so one more digit is safe
  };
  for (; i < decimal.size() && is_digit(decimal[i]); ++i) {
    if (!append(decimal[i])) return std::nullopt;
  }
  if (i == 0) return std::nullopt;
  std::string_view fraction;
  if (i < decimal.size()) {
    if (decimal[i] != '.') return std::nullopt;
    fraction = decimal.substr(i + 1);
    if (fraction.empty()) return std::nullopt;
    for (char c : fraction) {
      if (!is_digit(c)) return std::nullopt;
    }
  }
  auto kept = static_cast<size_t>(digits);
  for (size_t d = 0; d < kept; ++d) {
    if (!append(d < fraction.size() ? fraction[d] : '0')) return std::nullopt;
  }
  if (fraction.size() > kept && rounds_up(fraction.substr(kept), minor)) ++minor;
  if (minor > limits::money_max) return std::nullopt;
  return minor;
}

std::optional<int64_t> parse_money(double number, int digits) {
  if (!(number >= 0) || number > static_cast<double>(limits::money_max)) return std::nullopt;  // NaN fails the first
  // Nearly every price has no more decimals than its currency: then `minor / scale`, a correctly rounded quotient, is
  // the number itself, and with at most 15 digits no other decimal as short reads back as it.
  auto scale = powers_of_ten[static_cast<size_t>(digits)];
  double scaled = number * static_cast<double>(scale);
  if (scaled < 1e15) {
    auto minor = static_cast<int64_t>(scaled + 0.5);
    if (static_cast<double>(minor) / static_cast<double>(scale) == number) {
      return minor <= limits::money_max ? std::optional{minor} : std::nullopt;
    }
  }
  std::array<char, 400> text;  // 0., up to 323 zeros and 17 digits at most
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  return parse_money(std::string_view{text.data(), static_cast<size_t>(end - text.data())}, digits);
}

}  // namespace cartwheel
