#include "app/config/deciding.hpp"

#include "app/config/load.hpp"
#include "app/config/section.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cartwheel {

namespace {

/// The names that stand for a section's "*" in these settings.
std::vector<std::string> names_of(const config::section& section, const settings& s) {
  if (section.pattern.back() != "*") return {section.pattern.back()};
  std::vector<std::string> names;
  if (section.pattern.front() == "coupon") {
    for (const auto& [name, pool] : s.coupons) names.push_back(name);
    return names;
  }
  names.emplace_back("default");
  for (const auto& [name, shop] : s.shops.shops) names.push_back(name);
  return names;
}

constexpr std::string_view file_mark = "=== ";

/// Cuts off what stands in front of the next file, and that file's name.
std::string_view cut_file(std::string_view& rest, std::string& next_name) {
  auto at = rest.starts_with(file_mark) ? 0 : rest.find("\n" + std::string{file_mark});
  if (at == std::string_view::npos) {
    next_name.clear();
    return std::exchange(rest, {});
  }
  const auto file = rest.substr(0, at == 0 ? 0 : at + 1);
  rest.remove_prefix(file.size() + file_mark.size());
  const auto end = std::min(rest.find('\n'), rest.size());
  next_name = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return file;
}

}  // namespace

std::string deciding_configuration(const settings& s, const loaded_countries& countries) {
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
  for (const auto& [name, text] : countries.texts) {
    out += std::string{file_mark} + name + '\n' + text;
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

deciding_rules read_deciding(std::string_view text) {
  std::string name;
  auto loaded = parse_settings(cut_file(text, name), "configuration", {});
  if (!loaded.value) throw std::runtime_error{config::to_string(loaded.problems.front())};
  std::map<std::string, std::string> files;
  while (!name.empty()) {
    auto here = std::exchange(name, {});
    files.emplace(std::move(here), cut_file(text, name));
  }
  auto laws = config::read_countries(files);
  if (!laws.value) throw std::runtime_error{config::to_string(laws.problems.front())};
  auto& s = *loaded.value;
  return {std::move(s.campaign), std::move(s.shops), std::move(s.policy), std::move(*laws.value)};
}

}  // namespace cartwheel
