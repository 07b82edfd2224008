#include "app/journal/event_lines.hpp"

#include "actors/event/decode.hpp"
#include "app/journal/carrier.hpp"
#include "app/journal/entry_json.hpp"
#include "app/journal/json_parts.hpp"

#include <stdexcept>

namespace cartwheel {
namespace {

constexpr std::string_view spaces = " \t\r\n";

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

std::string line_of(payload_format format, std::string_view part, const event& e) {
  switch (format) {
    case payload_format::forward_entries: {
      auto line = entry_json(part, e.time);
      if (!line) throw std::runtime_error{"an entry that was an event is none any more"};
      return std::move(*line);
    }
    case payload_format::cloudevents: return on_one_line(unwrapped(part));
    case payload_format::json_document: return on_one_line(part);
    default: return std::string{part.substr(0, part.find_last_not_of(spaces) + 1)};
  }
}

}  // namespace

event_lines lines_of(const record& r) {
  auto parts = parts_of(r);
  event_batch batch{r.payload};
  decode_parts(r, batch);
  event_lines found;
  for (const auto& refused : batch.refused)
    found.refused.push_back({refused.index, refused.reason, std::string{refused.raw}});

  std::string all;
  for (size_t i = 0; i < batch.events.size(); ++i)
    all += line_of(r.format, parts.at(batch.indexes[i]), batch.events[i]) + '\n';
  // Texts that need escapes can make an event longer than its carrier's 64 KiB.
  event_batch read_back{whole(std::move(all))};
  decode_json_lines(read_back.chunk().bytes, {}, read_back);
  auto lines = lines_in(read_back.chunk().bytes);
  for (const auto& refused : read_back.refused) {
    size_t index = batch.indexes[refused.index];
    found.refused.push_back({index, "as JSON: " + refused.reason, std::string{parts[index]}});
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
