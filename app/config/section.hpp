#pragma once

#include "app/config/document.hpp"
#include "app/config/key.hpp"
#include "app/config/settings.hpp"

/// The whole configuration as a table: every section, every key, once.
namespace cartwheel::config {

/// One section of the file. Shape: `pattern` is its path; "*" stands for a name the file chooses.
struct section {
  path pattern;
  std::string meaning;
  std::function<std::vector<problem>(settings&, const std::string& name, const value& v, const std::string& full_name)>
    read;
  std::function<std::vector<key_page>(const settings&, const std::string& name)> pages;
  bool in_defaults = true;  // false: there is none unless a file names one
  bool decides = false;     // what it says is in the log: recorded decisions rest on it
};

/// All of them, in the order of the reference page.
const std::vector<section>& sections();

/// The keys of one step of a campaign, which stands inside a list.
std::vector<key_page> step_pages();

/// The name the defaults use for a section's "*": "main" for relays, "default" for shops, "example.com" for domains,
/// "spring" for coupons.
path example_of(const section& s);

}  // namespace cartwheel::config
