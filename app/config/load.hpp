#pragma once

#include "app/config/document.hpp"
#include "app/config/settings.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// A configuration, or everything that is wrong with it, in the order written. Invariant: `value` is there exactly when
/// `problems` is empty.
struct loaded_settings {
  std::optional<settings> value;
  std::vector<config::problem> problems;
};

/// Judges a configuration whole. No `toml`: the defaults, what a server without a file runs on. `sets` are `key=value`
/// texts that go over the file, a later one over an earlier one. `file_name` only names the place of problems.
/// Errors: values; nothing is thrown, read from disk or looked up.
loaded_settings parse_settings(std::optional<std::string_view> toml, std::string_view file_name,
                               const std::vector<std::string>& sets);

/// The same from a file; an empty path: the defaults. Errors: a file that cannot be read is a problem too.
loaded_settings load_settings(const std::string& file, const std::vector<std::string>& sets);

/// The same for a command: writes the problems, one a line, and returns nothing when there are any.
std::optional<settings> load_or_complain(const std::string& file, const std::vector<std::string>& sets,
                                         std::ostream& complaints);

}  // namespace cartwheel
