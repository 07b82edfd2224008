#include "app/config/document.hpp"

#include "app/config/limits.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>

namespace cartwheel::config {
namespace {

// Lines of a file, then columns of a line; overrides come after every line a file can have.
constexpr int64_t line_order = int64_t{1} << 21;
constexpr int64_t first_override = int64_t{1} << 60;
static_assert(limits::config_bytes_max < line_order);

int64_t order_of(const toml::source_position& at) {
  return static_cast<int64_t>(at.line) * line_order + static_cast<int64_t>(at.column);
}

/// Turns toml++'s nodes into values. With a fixed place everything stands there (an override has no lines).
class converter {
 public:
  explicit converter(std::string_view file_name) : file_{file_name} {}
  explicit converter(place fixed) : fixed_{std::move(fixed)} {}

  table entries(const toml::table& from) const {
    table to;
    to.reserve(from.size());
    for (const auto& [key, node] : from) to.push_back({std::string{key.str()}, at(key.source()), convert(node)});
    // toml++ keeps keys by name; complaints and sections read better in the order they were written.
    std::stable_sort(to.begin(), to.end(),
                     [](const entry& a, const entry& b) { return a.where.order < b.where.order; });
    return to;
  }

 private:
  value convert(const toml::node& node) const {
    value v{at(node.source()), {}};
    if (auto* text = node.as_string())
      v.held = text->get();
    else if (auto* integer = node.as_integer())
      v.held = integer->get();
    else if (auto* boolean = node.as_boolean())
      v.held = boolean->get();
    else if (auto* inner = node.as_table())
      v.held = entries(*inner);
    else if (auto* array = node.as_array()) {
      list elements;
      elements.reserve(array->size());
      for (const auto& element : *array) elements.push_back(convert(element));
      v.held = std::move(elements);
    } else {
      std::ostringstream out;
      node.visit([&](const auto& n) {
        if constexpr (toml::is_value<decltype(n)>) out << n;
      });
      v.held = other_text{out.str()};
    }
    return v;
  }

  place at(const toml::source_region& source) const {
    if (fixed_) return *fixed_;
    return {file_ + ':' + std::to_string(source.begin.line), order_of(source.begin)};
  }

  std::string file_;
  std::optional<place> fixed_;
};

bool is_bare_key(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// Where the key of an override ends: the first '=' that is not inside quotes (a shop's name may need them).
size_t end_of_key(std::string_view set) {
  char quote = 0;
  for (size_t i = 0; i < set.size(); ++i) {
    if (quote != 0)
      quote = set[i] == quote ? '\0' : quote;
    else if (set[i] == '"' || set[i] == '\'')
      quote = set[i];
    else if (set[i] == '=')
      return i;
  }
  return std::string_view::npos;
}

/// Reads a dotted key with TOML's own rules. Errors: nothing for what is no dotted key.
std::optional<path> read_path(std::string_view key) {
  if (key.find_first_of("=\r\n#") != std::string_view::npos && key.find_first_of("\"'") == std::string_view::npos)
    return std::nullopt;
  try {
    auto root = toml::parse(std::string{key} + " = 0");
    path p;
    const toml::table* level = &root;
    while (true) {
      if (level->size() != 1) return std::nullopt;
      auto i = level->begin();
      p.emplace_back(i->first.str());
      if (i->second.is_integer()) return p;
      level = i->second.as_table();
      if (level == nullptr) return std::nullopt;
    }
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

/// Puts a value at a path, over whatever is there. A value on the way that is no table stays: it is reported by itself.
void put(table& level, const path& p, size_t depth, value v) {
  auto i = std::find_if(level.begin(), level.end(), [&](const entry& e) { return e.key == p[depth]; });
  const bool last = depth + 1 == p.size();
  if (i == level.end()) {
    level.push_back({p[depth], v.where, last ? v : value{v.where, table{}}});
    i = level.end() - 1;
  } else if (last) {
    *i = {p[depth], v.where, v};
  }
  if (last) return;
  if (auto* inner = std::get_if<table>(&i->held.held)) put(*inner, p, depth + 1, std::move(v));
}

}  // namespace

std::string to_string(const problem& p) {
  auto line = p.where.text;
  if (!p.key.empty()) line.append(line.empty() ? "" : ": ").append(p.key);
  return line.append(": ").append(p.text);
}

std::string_view to_string(kind k) {
  switch (k) {
    case kind::text:
    case kind::bare: return "a text";
    case kind::integer: return "an integer";
    case kind::boolean: return "a boolean";
    case kind::list: return "a list";
    case kind::table: return "a table";
    case kind::other: break;
  }
  return "a float, date or time";
}

std::string to_string(const path& p) {
  std::string text;
  for (const auto& part : p) {
    if (!text.empty()) text += '.';
    text += is_bare_key(part) ? part : '"' + part + '"';
  }
  return text;
}

const value* find(const table& root, const path& p) {
  const table* level = &root;
  const value* found = nullptr;
  for (const auto& part : p) {
    if (level == nullptr) return nullptr;
    auto i = std::find_if(level->begin(), level->end(), [&](const entry& e) { return e.key == part; });
    if (i == level->end()) return nullptr;
    found = &i->held;
    level = std::get_if<table>(&found->held);
  }
  return found;
}

document read_toml(std::string_view text, std::string_view file_name) {
  try {
    return {converter{file_name}.entries(toml::parse(text, file_name)), {}};
  } catch (const toml::parse_error& error) {
    auto at = error.source().begin;
    auto where = std::string{file_name} + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
    return {{}, {{{where, order_of(at)}, "", "no TOML: " + std::string{error.description()}}}};
  }
}

void lay_over(document& d, const std::vector<std::string>& sets) {
  auto order = first_override;
  for (const auto& set : sets) {
    place where{"--set " + set, order++};
    auto equals = end_of_key(set);
    auto p = equals == std::string::npos ? std::nullopt : read_path(std::string_view{set}.substr(0, equals));
    if (!p)
      d.problems.push_back({where, "", "must be key=value with a dotted key, like node.shards=2"});
    else
      put(d.root, *p, 0, {where, bare_text{set.substr(equals + 1)}});
  }
}

value typed(const value& bare, kind wanted) {
  const auto& text = std::get<bare_text>(bare.held).text;
  const bool quoted = !text.empty() && (text[0] == '"' || text[0] == '\'');
  if (wanted == kind::text && !quoted) return {bare.where, text};
  try {
    auto root = toml::parse("v = " + text);
    auto v = converter{bare.where}.entries(root);
    if (v.size() == 1 && v[0].held.type() == wanted) return v[0].held;
  } catch (const toml::parse_error&) {
    // Not TOML: what it is then is said below.
  }
  if (wanted == kind::list && !text.starts_with('[')) return {bare.where, list{{bare.where, text}}};
  return {bare.where, text};
}

}  // namespace cartwheel::config
