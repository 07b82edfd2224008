#pragma once

#include "actors/event/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// Digits behind the decimal point: 2 for EUR, 0 for JPY, 3 for KWD. Errors: nothing for a code ISO 4217 does not list.
std::optional<int> minor_digits(std::string_view currency);

/// Reads a decimal text ("129.99", "-1e2" is refused) into minor units; more decimals than `digits` are rounded half to
/// even. Errors: nothing for what is no decimal number, is negative, or does not fit.
std::optional<int64_t> parse_money(std::string_view decimal, int digits);

/// The same for a binary number: the shortest decimal that reads back as it is what the sender wrote.
std::optional<int64_t> parse_money(double number, int digits);

}  // namespace cartwheel
