#pragma once

#include "runtime/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel {

/// A day as a locale writes it out: "22 november 2026", "November 22, 2026". In UTC: whoever reads it may be anywhere.
/// Shape: Latin digits whatever the locale, as prices have them.
/// Errors: for a locale that ICU does not know, its root's way.  Cost: 100 us for a new locale; kept per thread.
/// Source: Unicode CLDR, by ICU.
std::string long_date(std::string_view locale, instant day);

/// A whole number with a locale's signs between its groups: "1.250".
std::string whole_number(std::string_view locale, int64_t n);

}  // namespace cartwheel
