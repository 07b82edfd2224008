#include "app/config/load.hpp"

#include "app/config/limits.hpp"
#include "app/config/rules.hpp"
#include "app/config/section.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <ostream>
#include <system_error>

namespace cartwheel {
namespace config {
namespace {

/// Does a path begin (or, with `whole`, is it) one that a section's pattern allows?
bool matches(const path& p, const path& pattern, bool whole) {
  if (whole ? p.size() != pattern.size() : p.size() >= pattern.size()) return false;
  return std::equal(p.begin(), p.end(), pattern.begin(),
                    [](const auto& part, const auto& wanted) { return wanted == "*" || part == wanted; });
}

const section* section_at(const path& p) {
  for (const auto& s : sections())
    if (matches(p, s.pattern, true)) return &s;
  return nullptr;
}

bool leads_to_section(const path& p) {
  return std::any_of(sections().begin(), sections().end(),
                     [&](const section& s) { return matches(p, s.pattern, false); });
}

/// What may stand at this level: names of sections, or of what leads to them.
std::vector<std::string> names_below(const path& p) {
  std::vector<std::string> names;
  for (const auto& s : sections())
    if (matches(p, s.pattern, false) && std::find(names.begin(), names.end(), s.pattern[p.size()]) == names.end())
      names.push_back(s.pattern[p.size()]);
  return names;
}

/// The section in which a key that stands alone would be known.
std::optional<std::string> home_of(const std::string& key) {
  static const settings defaults;
  for (const auto& s : sections())
    for (const auto& page : s.pages(defaults, example_of(s).back()))
      if (page.name == key) return to_string(example_of(s)) + '.' + key;
  return std::nullopt;
}

problem unknown(const entry& e, const path& above, const std::string& full_name) {
  auto names = names_below(above);
  const bool is_table = e.held.type() == kind::table;
  std::string hint;
  if (auto home = is_table ? std::nullopt : home_of(e.key))
    hint = fmt::format("did you mean {}?", *home);
  else if (auto near = closest(e.key, names))
    hint = fmt::format("did you mean {}?", *near);
  else
    hint = fmt::format("known here: {}", fmt::join(names, ", "));
  return {e.where, full_name, fmt::format("unknown {}; {}", is_table ? "section" : "key", hint)};
}

/// Reads what stands in one table that is no section itself: sections, and what leads to them.
std::vector<problem> read_level(settings& all, const table& level, const path& above) {
  std::vector<const entry*> order;
  for (const auto& e : level) order.push_back(&e);
  // Other shops begin as [shop.default], wherever it stands in the file.
  std::stable_partition(order.begin(), order.end(), [](const entry* e) { return e->key == "default"; });
  std::vector<problem> problems;
  for (const auto* e : order) {
    auto p = above;
    p.push_back(e->key);
    auto name = to_string(p);
    const auto* s = section_at(p);
    std::vector<problem> found;
    if (s == nullptr && !leads_to_section(p))
      found.push_back(unknown(*e, above, name));
    else if (e->held.type() != kind::table)
      found.push_back(refused(e->held, name, fmt::format("is {}", to_string(e->held.type())), "a section"));
    else if (s != nullptr)
      found = s->read(all, e->key, e->held, name);
    else
      found = read_level(all, e->held.entries(), p);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  return problems;
}

/// A file that turns mailing on must say through which relay: the default one is for trying out without a file.
std::optional<problem> missing_relay(const settings& all, const document& written) {
  auto kind = find(written.root, {"outlet", "kind"});
  if (all.outlet.kind != outlet_kind::smtp || kind == nullptr || find(written.root, {"smtp", "relay"}) != nullptr)
    return std::nullopt;
  return problem{kind->where, "outlet.kind",
                 "\"smtp\" needs a relay and none is named; must come with [smtp.relay.main] and its address"};
}

}  // namespace
}  // namespace config

loaded_settings parse_settings(std::optional<std::string_view> toml, std::string_view file_name,
                               const std::vector<std::string>& sets) {
  auto written = toml ? config::read_toml(*toml, file_name) : config::document{};
  const bool readable = written.problems.empty();
  config::lay_over(written, sets);
  settings all;
  // The default relay goes when one is named, or there would be two.
  if (auto relays = config::find(written.root, {"smtp", "relay"}); relays != nullptr) all.relays.clear();
  auto problems = std::move(written.problems);
  auto found = config::read_level(all, written.root, {});
  problems.insert(problems.end(), found.begin(), found.end());
  // Of a file that is no TOML only a piece was seen (nothing): rules between its keys would complain about the rest.
  if (readable) {
    found = config::broken_rules(all, written, problems);
    if (toml)
      if (auto missing = config::missing_relay(all, written)) found.push_back(*missing);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const auto& a, const auto& b) { return a.where.order < b.where.order; });
  if (!problems.empty()) return {std::nullopt, std::move(problems)};
  return {std::move(all), {}};
}

loaded_settings load_settings(const std::string& file, const std::vector<std::string>& sets) {
  if (file.empty()) return parse_settings(std::nullopt, "", sets);
  auto unreadable = [&](const std::string& why) {
    auto rest = parse_settings(std::nullopt, "", sets);
    rest.value.reset();
    rest.problems.insert(rest.problems.begin(), {{file, 0}, "", why});
    return rest;
  };
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  std::string text;
  // One byte more than allowed, so that a file that is too long (or never ends) is seen as such.
  if (in) {
    text.resize(limits::config_bytes_max + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
  }
  if (!in.eof() && (in.bad() || text.empty()))
    return unreadable("cannot be read: " + std::generic_category().message(errno));
  if (text.size() > limits::config_bytes_max)
    return unreadable(fmt::format("is longer than {} bytes; no configuration is", limits::config_bytes_max));
  return parse_settings(text, file, sets);
}

std::optional<settings> load_or_complain(const std::string& file, const std::vector<std::string>& sets,
                                         std::ostream& complaints) {
  auto loaded = load_settings(file, sets);
  for (const auto& p : loaded.problems) complaints << to_string(p) << '\n';
  return std::move(loaded.value);
}

}  // namespace cartwheel
