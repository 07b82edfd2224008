#include "transport/http/target.hpp"

#include "transport/http/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cartwheel::http {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool starts_with_no_case(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char wanted, char c) { return wanted == (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
}

// "http://host/p?q" -> "/p?q"; what is no absolute form stays as it is.
std::string origin_form(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_no_case(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    text.remove_prefix(std::min(text.find_first_of("/?#"), text.size()));
    return text.starts_with('/') ? std::string{text} : "/" + std::string{text};
  }
  return std::string{text};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return {};
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return {};
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value || out.size() == limits::query_parameters_max) return {};
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::optional<target> parse_target(std::string_view given) {
  const std::string origin = origin_form(given);
  std::string_view text = origin;
  text = text.substr(0, text.find('#'));  // clients do not send fragments; those that do mean nothing by it
  const size_t path_end = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, path_end);
  if (path.empty() || path[0] != '/') return {};

  target out;
  auto whole_path = percent_decode(path);
  auto query = parse_form(text.substr(std::min(path_end + 1, text.size())));
  if (!whole_path || !query) return {};
  out.path = std::move(*whole_path);
  out.query = std::move(*query);
  // Split first, decode then: an escaped slash belongs to its segment.
  for (path.remove_prefix(1);;) {
    const size_t end = std::min(path.find('/'), path.size());
    if (out.segments.empty() && path.empty()) break;               // "/"
    out.segments.push_back(*percent_decode(path.substr(0, end)));  // whole, so its parts are, too
    if (end == path.size()) break;
    path.remove_prefix(end + 1);
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '.' || c == '_' || c == '~';
    if (unreserved)
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return out;
}

}  // namespace cartwheel::http
