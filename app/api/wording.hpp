#pragma once

#include "actors/event/event.hpp"
#include "runtime/base/time.hpp"

#include <optional>
#include <string>

namespace cartwheel {

/// "2026-02-01T11:00:00.250Z". Source: RFC 3339. Bounds: moments an event may have (1970 to 9999).
std::string rfc3339(instant t);

/// An amount as a decimal: 12999 in EUR -> "129.99", in JPY -> "12999". One without a currency counts two decimals, as it
/// was read (actors/event/value_rules.hpp).
/// Errors: nothing for an amount that is not known (negative).
std::optional<std::string> decimal_amount(int64_t minor, const currency_code& currency);

}  // namespace cartwheel
