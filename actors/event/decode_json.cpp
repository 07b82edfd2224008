#include "actors/event/decode.hpp"

#include "actors/event/event_rules.hpp"
#include "actors/event/json_walk.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/record_builder.hpp"

#include <fmt/core.h>

#include <cstring>
#include <functional>

namespace cartwheel {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

namespace {

constexpr size_t padding = simdjson::SIMDJSON_PADDING;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_outer_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A copy in the batch, with readable bytes behind it that are no JSON.
std::string_view padded_copy(std::string_view text, event_batch& batch) {
  auto* copy = static_cast<char*>(batch.arena()->allocate(text.size() + padding, 1));
  std::memcpy(copy, text.data(), text.size());
  std::memset(copy + text.size(), ' ', padding);
  return {copy, text.size()};
}

bool is_inside(std::string_view part, std::string_view whole) {
  std::less_equal<const char*> not_behind;
  return not_behind(whole.data(), part.data()) && not_behind(part.data() + part.size(), whole.data() + whole.size());
}

std::string no_json(error_code error) {
  if (error == simdjson::INCORRECT_TYPE) return "is no JSON object";
  return fmt::format("no JSON: {}", simdjson::error_message(error));
}

// Reads one padded text as one object. Gives: an error when it is none, or something follows it.
error_code read_object(std::string_view text, ondemand::parser& parser, event_batch& batch, record_builder& builder) {
  ondemand::document document;
  if (auto error = parser.iterate(text.data(), text.size(), text.size() + padding).get(document)) return error;
  ondemand::object object;
  if (auto error = document.get_object().get(object)) return error;  // INCORRECT_TYPE for what begins with no brace
  if (auto error = json_walk{parser, batch}.object(object, builder)) return error;
  // A nesting fault leaves the rest unread.
  if (!builder.record().fault.empty()) return simdjson::SUCCESS;
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                        : simdjson::TRAILING_CONTENT;
}

}  // namespace

void decode_json_lines(std::string_view lines, const decode_rules& rules, event_batch& batch, size_t first_line) {
  thread_local ondemand::parser parser;  // a line is limits::event_bytes_max at most, so is what it keeps
  thread_local record_builder builder;
  // What lies in the batch's chunk is read in place: the next lines are padding enough, and a line feed behind a line
  // cannot be taken for a part of it. Other texts, and the last line, are copied.
  std::string_view chunk = batch.chunk().bytes;
  if (!is_inside(lines, chunk)) chunk = lines = padded_copy(lines, batch);
  const char* readable_end = chunk.data() + chunk.size();
  for (size_t index = first_line; !lines.empty(); ++index) {
    size_t feed = lines.find('\n');
    std::string_view line = without_outer_space(lines.substr(0, feed));
    lines.remove_prefix(feed == lines.npos ? lines.size() : feed + 1);
    if (line.empty()) continue;
    builder.begin();
    if (line.size() <= limits::event_bytes_max) {
      bool in_place = feed != lines.npos && static_cast<size_t>(readable_end - (line.data() + line.size())) >= padding;
      std::string_view text = in_place ? line : padded_copy(line, batch);
      if (auto error = read_object(text, parser, batch, builder)) builder.fault(no_json(error));
    }
    judge(builder.record(), rules, index, line, batch);
  }
}

namespace {

// Reads the one object or the elements of the array a document consists of.
class document_reader {
 public:
  document_reader(std::string_view document, const decode_rules& rules, event_batch& batch)
      : given_{document}, text_{padded_copy(document, batch)}, rules_{rules}, batch_{batch} {}

  enum class shape : uint8_t { events, cloudevents };

  std::optional<std::string> read(shape s) {
    size_t events = batch_.events.size();
    size_t refused = batch_.refused.size();
    if (auto error = read_all(s)) {
      // Half a document is none: what was read of it is taken back.
      batch_.events.resize(events);
      batch_.indexes.resize(events);
      batch_.refused.resize(refused);
      return error == simdjson::INCORRECT_TYPE ? "is no JSON object or array" : no_json(error);
    }
    return std::nullopt;
  }

 private:
  error_code read_all(shape s) {
    ondemand::document document;
    if (auto error = parser_.iterate(text_.data(), text_.size(), text_.size() + padding).get(document)) return error;
    ondemand::json_type type;
    if (auto error = document.type().get(type)) return error;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (auto error = document.get_object().get(object)) return error;
      if (auto error = read_element(object, 0, s)) return error;
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      if (auto error = document.get_array().get(array)) return error;
      size_t index = 0;
      for (auto element : array) {
        ondemand::value value;
        if (auto error = element.get(value)) return error;
        if (auto error = read_element(value, index, s)) return error;
        ++index;
      }
    } else {
      return simdjson::INCORRECT_TYPE;
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                          : simdjson::TRAILING_CONTENT;
  }

  error_code read_element(ondemand::value& value, size_t index, shape s) {
    if (json_walk::first_byte(value) == '{') {
      ondemand::object object;
      if (auto error = value.get_object().get(object)) return error;
      return read_element(object, index, s);
    }
    std::string_view raw = as_given(value.raw_json_token());
    builder_.begin();
    if (auto error = walk_.value(value, builder_)) return error;  // notes that it is no map
    judge(builder_.record(), rules_, index, raw, batch_);
    return simdjson::SUCCESS;
  }

  error_code read_element(ondemand::object& object, size_t index, shape s) {
    std::string_view raw;
    if (auto error = object.raw_json().get(raw)) return error;
    raw = as_given(raw);
    builder_.begin();
    if (raw.size() <= limits::event_bytes_max) {
      if (auto error = object.reset().error()) return error;
      auto error = s == shape::events ? walk_.object(object, builder_) : envelope(object);
      if (error) return error;
    }
    judge(builder_.record(), rules_, index, raw, batch_);
    return simdjson::SUCCESS;
  }

  // Source: CloudEvents 1.0, JSON format section 3.
  error_code envelope(ondemand::object& object) {
    field_value id;
    field_value version;
    bool data = false;
    envelope_.begin();
    envelope_.start_map();
    for (auto field : object) {
      ondemand::raw_json_string raw;
      if (auto error = field.key().get(raw)) return error;
      std::string_view name;
      if (auto error = walk_.key(raw, name)) return error;
      envelope_.key(name);
      ondemand::value value;
      if (auto error = field.value().get(value)) return error;
      char first = json_walk::first_byte(value);
      bool scalar = first != '{' && first != '[';
      error_code error = simdjson::SUCCESS;
      if (name == "data" && first == '{' && !data) {
        data = true;
        ondemand::object inner;
        error = value.get_object().get(inner);
        if (!error) error = walk_.object(inner, builder_);
      } else if (name == "id" && scalar) {
        id = walk_.scalar(value);
      } else if (name == "specversion" && scalar) {
        version = walk_.scalar(value);
      } else {
        error = walk_.value(value, envelope_);
      }
      bool broken = id.is(field_value::type::broken) || version.is(field_value::type::broken);
      if (error || broken) return error ? error : simdjson::TAPE_ERROR;
    }
    envelope_.end_map();
    if (!envelope_.record().fault.empty()) builder_.fault(envelope_.record().fault);
    if (!version.is(field_value::type::text) || version.text() != "1.0") builder_.fault("specversion: is not \"1.0\"");
    if (!data) builder_.fault("data: is missing, or no object");
    builder_.supply(event_field::event_id, id);
    if (envelope_.record().has(event_field::time)) {
      builder_.supply(event_field::time, envelope_.record()[event_field::time]);
    }
    return simdjson::SUCCESS;
  }

  // The same bytes in the document as received.
  std::string_view as_given(std::string_view part) const {
    return without_outer_space(given_.substr(static_cast<size_t>(part.data() - text_.data()), part.size()));
  }

  std::string_view given_;
  std::string_view text_;
  const decode_rules& rules_;
  event_batch& batch_;
  ondemand::parser parser_;  // not kept: a document may be as large as a request body
  json_walk walk_{parser_, batch_};
  record_builder builder_;
  record_builder envelope_;
};

}  // namespace

std::optional<std::string> decode_json(std::string_view document, const decode_rules& rules, event_batch& batch) {
  return document_reader{document, rules, batch}.read(document_reader::shape::events);
}

std::optional<std::string> decode_cloudevents(std::string_view document, const decode_rules& rules,
                                              event_batch& batch) {
  return document_reader{document, rules, batch}.read(document_reader::shape::cloudevents);
}

}  // namespace cartwheel
