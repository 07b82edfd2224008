#pragma once

#include "runtime/base/time.hpp"

#include <optional>
#include <string_view>

namespace cartwheel {

/// Reads an RFC 3339 date-time ("2026-02-01T12:00:00.25+01:00").
/// Units: what is finer than a millisecond is cut off; a leap second (23:59:60 UTC) is the second after it.
/// Errors: nothing for any other form, for a day no calendar has, and for moments before 1970.
std::optional<instant> parse_rfc3339(std::string_view text);

}  // namespace cartwheel
