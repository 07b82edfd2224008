#include "app/config/deciding.hpp"

#include "app/config/load.hpp"
#include "app/config/section.hpp"

#include <stdexcept>

namespace cartwheel {

namespace {

/// The names that stand for a section's "*" in these settings.
std::vector<std::string> names_of(const config::section& section, const settings& s) {
  if (section.pattern.back() != "*") return {section.pattern.back()};
  std::vector<std::string> names{"default"};
  for (const auto& [name, shop] : s.shops.shops) names.push_back(name);
  return names;
}

}  // namespace

std::string deciding_configuration(const settings& s) {
  std::string out;
  for (const auto& section : config::sections()) {
    if (!section.decides) continue;
    for (const auto& name : names_of(section, s)) {
      auto path = section.pattern;
      path.back() = name;
      out += '[' + config::to_string(path) + "]\n";
      for (const auto& key : section.pages(s, name)) out += key.name + " = " + key.written + '\n';
    }
  }
  return out;
}

deciding_rules read_deciding(std::string_view toml) {
  auto loaded = parse_settings(toml, "configuration", {});
  if (!loaded.value) throw std::runtime_error{config::to_string(loaded.problems.front())};
  return {std::move(loaded.value->campaign), std::move(loaded.value->shops)};
}

}  // namespace cartwheel
