#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Takes JSON apart without changing a character of it: numbers and texts that go through a parser and a writer may come
/// out as others. What it is given must be JSON already; it only finds where parts begin and end.
namespace cartwheel {

/// The elements of an array; of anything else, itself.
std::vector<std::string_view> json_elements(std::string_view document);

struct json_member {
  std::string key;  // without escapes
  std::string_view key_text;
  std::string_view value_text;
};
/// The members of an object, in order; of anything else, none.
std::vector<json_member> json_members(std::string_view object);

/// The same on one line: line ends stand only between tokens.
std::string on_one_line(std::string_view json);

}  // namespace cartwheel
