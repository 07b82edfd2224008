#include "app/journal/event_lines.hpp"

#include "actors/event/decode.hpp"
#include "actors/event/msgpack_skip.hpp"
#include "app/journal/entry_json.hpp"
#include "app/journal/json_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cartwheel {
namespace {

constexpr std::string_view spaces = " \t\r\n";

std::vector<std::string_view> entries_of(std::string_view chunk) {
  std::vector<std::string_view> all;
  while (!chunk.empty()) {
    size_t length = msgpack_length(chunk).value_or(chunk.size());
    all.push_back(chunk.substr(0, length));
    chunk.remove_prefix(length);
  }
  return all;
}

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    size_t feed = std::min(text.find('\n'), text.size());
    all.push_back(text.substr(0, feed));
    text.remove_prefix(std::min(feed + 1, text.size()));
  }
  return all;
}

/// The event in a CloudEvent.
std::string unwrapped(std::string_view cloudevent) {
  std::string_view id, time, data;
  for (const auto& m : json_members(cloudevent)) {
    if (m.key == "id") id = m.value_text;
    if (m.key == "time") time = m.value_text;
    if (m.key == "data") data = m.value_text;
  }
  std::string line = "{";
  auto add = [&](std::string_view key, std::string_view value) {
    if (line.size() > 1) line += ',';
    line += key;
    line += ':';
    line += value;
  };
  for (const auto& m : json_members(data)) {
    if (m.value_text == "null") continue;
    if (m.key == "event_id") id = {};
    if (m.key == "time") time = {};
    add(m.key_text, m.value_text);
  }
  if (!id.empty() && id != "null") add("\"event_id\"", id);
  if (!time.empty() && time != "null") add("\"time\"", time);
  return line + '}';
}

struct carried {
  std::vector<std::string_view> parts;  // by index
  void (*decode)(const record&, event_batch&);
  std::string (*line)(std::string_view part, const event& e);
};

decode_rules rules_of(const record& r) { return {std::nullopt, r.received}; }

std::string line_of_entry(std::string_view part, const event& e) {
  auto line = entry_json(part, e.time);
  if (!line) throw std::runtime_error{"an entry that was an event is none any more"};
  return std::move(*line);
}

carried open(const record& r) {
  auto bytes = r.payload.bytes;
  switch (r.format) {
    case payload_format::forward_entries:
      return {entries_of(bytes),
              [](const record& of, event_batch& into) { decode_entries(of.payload.bytes, rules_of(of), into); },
              line_of_entry};
    case payload_format::json_lines:
      return {lines_in(bytes),
              [](const record& of, event_batch& into) { decode_json_lines(of.payload.bytes, rules_of(of), into); },
              [](std::string_view part, const event&) {
                return std::string{part.substr(0, part.find_last_not_of(spaces) + 1)};
              }};
    case payload_format::json_document:
      return {json_elements(bytes),
              [](const record& of, event_batch& into) { decode_json(of.payload.bytes, rules_of(of), into); },
              [](std::string_view part, const event&) { return on_one_line(part); }};
    case payload_format::cloudevents:
      return {json_elements(bytes),
              [](const record& of, event_batch& into) { decode_cloudevents(of.payload.bytes, rules_of(of), into); },
              [](std::string_view part, const event&) { return on_one_line(unwrapped(part)); }};
    default: throw std::runtime_error{fmt::format("payload format {} holds no events", static_cast<int>(r.format))};
  }
}

}  // namespace

event_lines lines_of(const record& r) {
  auto carrier = open(r);
  event_batch batch{r.payload};
  carrier.decode(r, batch);
  event_lines found;
  for (const auto& refused : batch.refused)
    found.refused.push_back({refused.index, refused.reason, std::string{refused.raw}});

  std::string all;
  for (size_t i = 0; i < batch.events.size(); ++i)
    all += carrier.line(carrier.parts.at(batch.indexes[i]), batch.events[i]) + '\n';
  // Texts that need escapes can make an event longer than its carrier's 64 KiB.
  event_batch read_back{whole(std::move(all))};
  decode_json_lines(read_back.chunk().bytes, {}, read_back);
  auto lines = lines_in(read_back.chunk().bytes);
  for (const auto& refused : read_back.refused) {
    size_t index = batch.indexes[refused.index];
    found.refused.push_back({index, "as JSON: " + refused.reason, std::string{carrier.parts[index]}});
    lines[refused.index] = {};
  }
  for (auto line : lines) {
    if (line.empty()) continue;
    found.lines += line;
    found.lines += '\n';
    ++found.events;
  }
  return found;
}

}  // namespace cartwheel
