#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::http {

/// A request's target, taken apart and percent-decoded.
/// Shape: as the fields of `request` with the same names. "/" has no segments; "/a/" has "a" and an empty one.
struct target {
  std::string path;
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Takes a target in origin form ("/p?q") or absolute form ("http://host/p?q") apart.
/// Errors: nothing for any other form, an escape that is not '%' and two hex digits, or more than
/// limits::query_parameters_max parameters.  Source: RFC 9112 section 3.2, RFC 3986 section 2.1.
std::optional<target> parse_target(std::string_view text);

/// Decodes %XX, and '+' to a space where `plus_is_space` (queries and forms). Errors: nothing for a broken escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// For a part of a target: all but what RFC 3986 leaves unreserved becomes %XX.
std::string percent_encode(std::string_view text);

/// Takes "a=1&b=2" apart, as in a query or an application/x-www-form-urlencoded body. Errors: as parse_target.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text);

}  // namespace cartwheel::http
