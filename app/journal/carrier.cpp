#include "app/journal/carrier.hpp"

#include "actors/event/decode.hpp"
#include "actors/event/msgpack_skip.hpp"
#include "app/journal/json_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cartwheel {
namespace {

std::vector<std::string_view> entries_of(std::string_view chunk) {
  std::vector<std::string_view> all;
  while (!chunk.empty()) {
    size_t length = msgpack_length(chunk).value_or(chunk.size());
    all.push_back(chunk.substr(0, length));
    chunk.remove_prefix(length);
  }
  return all;
}

[[noreturn]] void holds_none(const record& r) {
  throw std::runtime_error{fmt::format("payload format {} holds no events", static_cast<int>(r.format))};
}

}  // namespace

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    size_t feed = std::min(text.find('\n'), text.size());
    all.push_back(text.substr(0, feed));
    text.remove_prefix(std::min(feed + 1, text.size()));
  }
  return all;
}

std::vector<std::string_view> parts_of(const record& r) {
  switch (r.format) {
    case payload_format::forward_entries: return entries_of(r.payload.bytes);
    case payload_format::json_lines: return lines_in(r.payload.bytes);
    case payload_format::json_document:
    case payload_format::cloudevents: return json_elements(r.payload.bytes);
    default: holds_none(r);
  }
}

void decode_parts(const record& r, event_batch& into) {
  const decode_rules rules{std::nullopt, r.received};
  switch (r.format) {
    case payload_format::forward_entries: decode_entries(r.payload.bytes, rules, into); break;
    case payload_format::json_lines: decode_json_lines(r.payload.bytes, rules, into); break;
    case payload_format::json_document: decode_json(r.payload.bytes, rules, into); break;
    case payload_format::cloudevents: decode_cloudevents(r.payload.bytes, rules, into); break;
    default: holds_none(r);
  }
}

}  // namespace cartwheel
