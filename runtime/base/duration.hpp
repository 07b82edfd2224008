#pragma once

#include "runtime/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// Reads a duration as people write it in the configuration and on the command line: `500ms 20s 20m 24h 7d`.
/// Shape: digits and one unit (ms, s, m, h, d), no sign, no blanks, no fractions.
/// Errors: nothing for any other text, and for what passes 100,000 days (so that sums of a few never overflow).
std::optional<milliseconds> parse_duration(std::string_view text);

/// A text that reads back as `d`, in the greatest unit that says it; a single day or minute stays 24h or 60s, as people
/// write them. Bounds: d is not negative.
std::string print_duration(milliseconds d);

}  // namespace cartwheel
