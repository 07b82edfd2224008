#include "actors/gateway/tag_pattern.hpp"

#include <span>

namespace cartwheel {

namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool match(std::span<const std::string> pattern, std::span<const std::string> tag) {
  if (pattern.empty()) return tag.empty();
  if (pattern.front() == "**") {
    for (size_t skip = 0; skip <= tag.size(); ++skip)
      if (match(pattern.subspan(1), tag.subspan(skip))) return true;
    return false;
  }
  if (tag.empty() || (pattern.front() != "*" && pattern.front() != tag.front())) return false;
  return match(pattern.subspan(1), tag.subspan(1));
}

/// A tag with more parts than anybody uses is a sender's mistake or attack; it matches nothing.
constexpr size_t tag_parts_max = 32;

}  // namespace

tag_pattern::tag_pattern(std::string_view pattern) : parts_{split(pattern)} {}

bool tag_pattern::matches(std::string_view tag) const {
  auto parts = split(tag);
  return parts.size() <= tag_parts_max && match(parts_, parts);
}

}  // namespace cartwheel
