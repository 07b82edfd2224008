#include "app/config/countries.hpp"

#include "actors/event/wellformed.hpp"
#include "app/config/key.hpp"
#include "app/config/limits.hpp"
#include "runtime/base/duration.hpp"
#include "runtime/base/embedded.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>

CARTWHEEL_EMBEDDED(country_files)

namespace cartwheel {
namespace config {
namespace {

constexpr std::string_view suffix = ".toml";
constexpr std::string_view strict = "strict";
constexpr milliseconds age_most = std::chrono::days{36500};

/// "730d", or empty: it does not run out.
shape<std::optional<milliseconds>> age() {
  auto lasting = duration(24h, age_most);
  auto allowed = lasting.allowed + ", or empty: no greatest age";
  return {kind::text, allowed,
          [=](const value& v, const std::string& key) -> reading<std::optional<milliseconds>> {
            if (v.text().empty()) return {std::optional<milliseconds>{}, {}};
            auto r = lasting.read(v, key);
            if (!r.value) return {{}, std::move(r.problems)};
            return {std::optional{*r.value}, {}};
          },
          [=](const std::optional<milliseconds>& d) { return d ? lasting.print(*d) : quoted(""); }};
}

shape<std::string> law() { return text(0, limits::config_text_bytes_max); }

/// A section's keys, bound to its part of the law.
using read_section = std::function<std::vector<problem>(country_law&, const value&, const std::string&)>;

keys<mail_basis> basis_keys(bool ages) {
  using part = mail_basis;
  keys<part> all{
    required(field("allowed", &part::allowed, boolean(), "Whether it permits a reminder.")),
    required(field("law", &part::law, law(), "Where that is written.")),
  };
  if (ages) all.push_back(field("max_age", &part::age_max, age(), "How long it does."));
  return all;
}

read_section basis(mail_basis country_law::*to, bool ages) {
  return [to, known = basis_keys(ages)](country_law& into, const value& v, const std::string& name) {
    return read_keys(into.*to, v, name, known);
  };
}

read_section own(keys<country_law> known) {
  return [known = std::move(known)](country_law& into, const value& v, const std::string& name) {
    return read_keys(into, v, name, known);
  };
}

/// [checkout] has a condition beside what every basis has.
read_section checkout() {
  return [known = basis_keys(true), offered = field("refusal_offered", &country_law::checkout_refusal_offered,
                                                    boolean(), "Only where the shop's checkout lets shoppers refuse.")](
           country_law& into, const value& v, const std::string& name) {
    auto rest = v;
    auto& entries = std::get<table>(rest.held);
    std::vector<problem> problems;
    if (auto at = std::ranges::find(entries, offered.name, &entry::key); at != entries.end()) {
      const value only{v.where, table{*at}};
      problems = read_keys(into, only, name, keys<country_law>{offered});
      entries.erase(at);
    }
    auto found = read_keys(into.checkout, rest, name, known);
    problems.insert(problems.end(), found.begin(), found.end());
    return problems;
  };
}

const std::vector<std::pair<std::string, read_section>>& country_sections() {
  using part = country_law;
  static const std::vector<std::pair<std::string, read_section>> all{
    {"opt_in", own({required(field("confirmed", &part::opt_in_confirmed, boolean(), "Only when confirmed by mail.")),
                    required(field("law", &part::opt_in_law, law(), "Where that is written."))})},
    {"sale", basis(&part::sale, true)},
    {"checkout", checkout()},
    {"account", basis(&part::account, true)},
    {"unasked", basis(&part::unasked, false)},
    {"mail", own({required(field("postal_address", &part::postal_address, boolean(), "Every mail names one.")),
                  required(field("law", &part::mail_law, law(), "Where that is written."))})},
  };
  return all;
}

/// One built-in or own file, by the name of its country.
using files_by_country = std::map<std::string, std::pair<std::string, std::string>>;  // stem: file name, text

std::string stem_of(std::string_view file) { return std::filesystem::path{file}.stem().string(); }

problem unreadable(const std::string& what, const std::string& why) { return {{what, 0}, "", why}; }

void read_folder(const std::string& folder, files_by_country& into, std::vector<problem>& problems) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator i{folder, error}, end; !error && i != end; i.increment(error))
    if (i->path().extension() == suffix) found.push_back(i->path());
  if (error) return problems.push_back(unreadable(folder, "cannot be read: " + error.message()));
  std::ranges::sort(found);
  if (found.empty()) problems.push_back(unreadable(folder, "holds no file like \"NL.toml\" or \"strict.toml\""));
  for (const auto& path : found) {
    const auto stem = path.stem().string();
    if (stem != strict && !wellformed::country(stem)) {
      problems.push_back(
        unreadable(path.string(),
                   "is named like no country; must be \"strict.toml\" or an ISO 3166-1 alpha-2 code like \"NL.toml\""));
      continue;
    }
    std::ifstream in{path, std::ios::binary};
    std::string text(limits::config_bytes_max + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad()) {
      problems.push_back(unreadable(path.string(), "cannot be read"));
      continue;
    }
    text.resize(static_cast<size_t>(in.gcount()));
    if (text.size() > limits::config_bytes_max) {
      problems.push_back(
        unreadable(path.string(), fmt::format("is longer than {} bytes; no law here is", limits::config_bytes_max)));
      continue;
    }
    into[stem] = {path.string(), std::move(text)};
  }
}

}  // namespace

reading<country_law> read_country(std::string_view toml, std::string_view file_name) {
  auto written = read_toml(toml, file_name);
  auto problems = std::move(written.problems);
  if (!problems.empty()) return {{}, std::move(problems)};
  country_law law;
  std::vector<std::string> names;
  for (const auto& [name, read] : country_sections()) {
    names.push_back(name);
    const auto* v = find(written.root, {name});
    if (v == nullptr)
      problems.push_back({{std::string{file_name}, 0}, name, "is missing; must be a section"});
    else if (v->type() != kind::table)
      problems.push_back(refused(*v, name, fmt::format("is {}", to_string(v->type())), "a section"));
    else
      for (auto& p : read(law, *v, name)) problems.push_back(std::move(p));
  }
  for (const auto& e : written.root) {
    if (std::ranges::find(names, e.key) != names.end()) continue;
    auto near = closest(e.key, names);
    problems.push_back({e.where, to_string(path{e.key}),
                        "unknown section; " + (near ? fmt::format("did you mean {}?", *near)
                                                    : fmt::format("known here: {}", fmt::join(names, ", ")))});
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const problem& a, const problem& b) { return a.where.order < b.where.order; });
  if (!problems.empty()) return {{}, std::move(problems)};
  return {std::move(law), {}};
}

namespace {

void add_country(country_laws& laws, const std::string& stem, const std::string& text, const std::string& file,
                 std::vector<problem>& problems) {
  auto one = read_country(text, file);
  problems.insert(problems.end(), one.problems.begin(), one.problems.end());
  if (!one.value) return;
  if (stem == strict)
    laws.others = std::move(*one.value);
  else
    laws.countries.emplace(country_code::of(stem), std::move(*one.value));
}

}  // namespace

reading<country_laws> read_countries(const std::map<std::string, std::string>& texts) {
  country_laws laws;
  std::vector<problem> problems;
  for (const auto& [stem, text] : texts) add_country(laws, stem, text, stem + std::string{suffix}, problems);
  if (!problems.empty()) return {{}, std::move(problems)};
  return {std::move(laws), {}};
}

}  // namespace config

loaded_countries load_countries(const policy_settings& policy) {
  loaded_countries loaded;
  if (!policy.by_country) {
    loaded.laws.emplace();
    return loaded;
  }
  config::files_by_country files;
  for (const auto& f : embedded::country_files())
    files[config::stem_of(f.name)] = {std::string{f.name}, std::string{f.bytes}};
  if (!policy.countries.empty()) config::read_folder(policy.countries, files, loaded.problems);
  country_laws laws;
  for (auto& [stem, file] : files) {
    config::add_country(laws, stem, file.second, file.first, loaded.problems);
    loaded.texts.emplace(stem, std::move(file.second));
  }
  if (loaded.problems.empty()) loaded.laws = std::move(laws);
  return loaded;
}

loaded_countries countries_or_throw(const policy_settings& policy) {
  auto loaded = load_countries(policy);
  if (loaded.laws) return loaded;
  std::string all = "the countries' laws have errors:";
  for (const auto& p : loaded.problems) all += "\n  " + to_string(p);
  throw std::runtime_error{all};
}

}  // namespace cartwheel
