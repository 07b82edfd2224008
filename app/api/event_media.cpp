#include "app/api/event_media.hpp"

#include <algorithm>

namespace cartwheel {

std::string media_type_of(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  constexpr std::string_view blanks = " \t";
  type.remove_prefix(std::min(type.find_first_not_of(blanks), type.size()));
  type = type.substr(0, type.find_last_not_of(blanks) + 1);
  std::string out{type};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

std::optional<payload_format> format_of_events(std::string_view content_type) {
  auto type = media_type_of(content_type);
  if (type == "application/x-ndjson") return payload_format::json_lines;
  if (type == "application/json") return payload_format::json_document;
  if (type == "application/cloudevents+json" || type == "application/cloudevents-batch+json")
    return payload_format::cloudevents;
  return std::nullopt;
}

}  // namespace cartwheel
