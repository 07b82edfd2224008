#include "app/journal/json_parts.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace cartwheel {
namespace {

constexpr std::string_view spaces = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(spaces);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

/// Behind the string that begins at `at`.
size_t string_end(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

/// Where the part that begins at `at` ends: at the next comma, colon or closing bracket of its own level.
size_t part_end(std::string_view text, size_t at) {
  for (int depth = 0; at < text.size();) {
    switch (text[at]) {
      case '"': at = string_end(text, at); continue;
      case '[':
      case '{': ++depth; break;
      case ']':
      case '}':
        if (depth-- == 0) return at;
        break;
      case ',':
      case ':':
        if (depth == 0) return at;
        break;
      default: break;
    }
    ++at;
  }
  return at;
}

/// What stands between the brackets.
std::string_view inside(std::string_view text) { return trimmed(text.substr(1, text.size() - 2)); }

}  // namespace

std::vector<std::string_view> json_elements(std::string_view document) {
  document = trimmed(document);
  if (document.size() < 2 || document.front() != '[') return {document};
  std::vector<std::string_view> all;
  auto rest = inside(document);
  while (!rest.empty()) {
    size_t end = part_end(rest, 0);
    all.push_back(trimmed(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

std::vector<json_member> json_members(std::string_view object) {
  object = trimmed(object);
  std::vector<json_member> all;
  if (object.size() < 2 || object.front() != '{') return all;
  auto rest = inside(object);
  while (!rest.empty()) {
    size_t colon = part_end(rest, 0), end = part_end(rest, std::min(colon + 1, rest.size()));
    auto key = trimmed(rest.substr(0, colon));
    auto text = nlohmann::json::parse(key, nullptr, false);
    all.push_back({text.is_string() ? text.get<std::string>() : "", key,
                   trimmed(rest.substr(std::min(colon + 1, rest.size()), end - std::min(colon + 1, end)))});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

std::string on_one_line(std::string_view json) {
  std::string line{json};
  std::replace_if(
    line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

}  // namespace cartwheel
