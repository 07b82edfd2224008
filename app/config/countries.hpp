#pragma once

#include "actors/campaign/country_law.hpp"
#include "app/config/document.hpp"
#include "app/config/settings.hpp"
#include "app/config/shape.hpp"

#include <map>
#include <string>
#include <optional>
#include <string_view>
#include <vector>

namespace cartwheel {

/// The law of every country, or everything that is wrong with the files. Invariant: `laws` is there exactly when
/// `problems` is empty.
struct loaded_countries {
  std::optional<country_laws> laws;
  std::map<std::string, std::string>
    texts;  // the files that say so, by the names they would have without their endings
  std::vector<config::problem> problems;
};

/// Reads the laws that a configuration names: with table = "by-country" the built-in files, each replaced by the one of the
/// same name in the folder `[policy] countries` where there is one; else the strict table alone, for everybody.
/// Shape: `XX.toml`, named by the country's ISO 3166-1 code, and `strict.toml` for all others.
/// Errors: values, with file, line and key; also a folder or file that cannot be read.
loaded_countries load_countries(const policy_settings& policy);

/// The same for whoever goes on only with all of them. Errors: std::runtime_error with every problem.
loaded_countries countries_or_throw(const policy_settings& policy);

namespace config {

/// The laws that some files say.  Errors: as load_countries'.
reading<country_laws> read_countries(const std::map<std::string, std::string>& texts);

/// One file, whole: every section is there.  Errors: with file, line and key.
reading<country_law> read_country(std::string_view toml, std::string_view file_name);

}  // namespace config
}  // namespace cartwheel
