#pragma once

#include "actors/campaign/deciding_rules.hpp"
#include "app/config/countries.hpp"
#include "app/config/settings.hpp"

#include <string>
#include <string_view>

namespace cartwheel {

/// The sections of a configuration that decide, as a file of their own: each key written out, so that it says the same to a
/// version with other defaults; behind it, each led by a line `=== NAME`, the countries' files where they are asked.
/// It stands in the log (docs/journal-format.md).
std::string deciding_configuration(const settings& s, const loaded_countries& countries);

/// Reads one again.  Errors: std::runtime_error with the first thing that is wrong, and its line.
deciding_rules read_deciding(std::string_view text);

}  // namespace cartwheel
