#include "actors/content/language.hpp"

#include "actors/event/limits.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c == '_' ? '-' : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_language_tag(std::string_view tag) {
  if (tag.size() > limits::locale_bytes_max) return false;
  size_t part = 0;  // letters and digits of the part we are in
  bool first = true;
  for (char c : tag) {
    if (lower(c) == '-') {
      if (part == 0 || (first && part < 2)) return false;
      part = 0;
      first = false;
      continue;
    }
    ++part;
    if (part > (first ? 3u : 8u) || !(is_letter(c) || (!first && is_digit(c)))) return false;
  }
  return part >= (first ? 2u : 1u);
}

std::string lower_language_tag(std::string_view tag) {
  std::string out{tag};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool same_language_tag(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view less_special(std::string_view tag) {
  size_t end = tag.find_last_of("-_");
  return end == std::string_view::npos ? std::string_view{} : tag.substr(0, end);
}

std::string_view primary_language(std::string_view tag) { return tag.substr(0, tag.find_first_of("-_")); }

}  // namespace cartwheel
