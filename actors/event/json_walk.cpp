#include "actors/event/json_walk.hpp"

#include "actors/event/words.hpp"

#include <charconv>
#include <limits>

namespace cartwheel {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

namespace {

// A token as simdjson gives it reaches to the next one.
std::string_view trimmed(std::string_view token) {
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\t' || token.back() == '\n' || token.back() == '\r')) {
    token.remove_suffix(1);
  }
  return token;
}

// Reads up to seven bytes beyond the text: its quote and the padding.
bool has_escapes(std::string_view text) {
  for (size_t at = 0; at < text.size(); at += 8) {
    uint64_t marks = words::marks_of(words::load8(text.data() + at), '\\');
    if (marks != 0 && at + words::first_of(marks) < text.size()) return true;
  }
  return false;
}

size_t digits_at(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - at;
}

}  // namespace

field_value read_json_number(std::string_view token) {
  const field_value broken{field_value::type::broken};
  size_t at = !token.empty() && token[0] == '-' ? 1 : 0;
  size_t whole = digits_at(token, at);
  if (whole == 0 || (whole > 1 && token[at] == '0')) return broken;
  at += whole;
  if (at == token.size()) {
    int64_t integer = 0;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), integer);
    return error == std::errc{} ? field_value{integer} : field_value{field_value::type::huge};
  }
  if (token[at] == '.') {
    size_t fraction = digits_at(token, ++at);
    if (fraction == 0) return broken;
    at += fraction;
  }
  bool small = false;
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    small = at < token.size() && token[at] == '-';
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    size_t exponent = digits_at(token, at);
    if (exponent == 0) return broken;
    at += exponent;
  }
  if (at != token.size()) return broken;
  double number = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  // Out of range: next to nothing, or more than any rule accepts.
  if (error != std::errc{}) number = small ? 0 : std::numeric_limits<double>::infinity();
  return field_value{number};
}

error_code json_walk::unescape(ondemand::raw_json_string raw, size_t size, std::string_view& out) {
  // Unescaped it is never longer; simdjson writes whole registers.
  auto* room = static_cast<uint8_t*>(batch_.arena()->allocate(size + simdjson::SIMDJSON_PADDING, 1));
  return parser_.unescape(raw, room).get(out);
}

error_code json_walk::key(ondemand::raw_json_string raw, std::string_view& out) {
  // The padding behind the document makes eight bytes readable wherever its text ends.
  const char* begin = raw.raw();
  const char* end = begin;
  bool escaped = false;
  for (;;) {
    uint64_t word = words::load8(end);
    uint64_t marks = words::marks_of(word, '"') | words::marks_of(word, '\\');
    if (marks == 0) {
      end += 8;
      continue;
    }
    end += words::first_of(marks);
    if (*end == '"') break;
    escaped = true;
    end += 2;  // and what it escapes
  }
  auto size = static_cast<size_t>(end - begin);
  if (escaped) return unescape(raw, size, out);
  out = {begin, size};
  return simdjson::SUCCESS;
}

field_value json_walk::scalar(ondemand::value& value) {
  std::string_view token = trimmed(value.raw_json_token());
  const field_value broken{field_value::type::broken};
  switch (token.empty() ? '\0' : token[0]) {
    case '"': {
      if (token.size() < 2 || token.back() != '"') return broken;
      ondemand::raw_json_string raw;
      // Read as a string, or the parser would take one before a stray colon for a key and let it pass.
      if (value.get_raw_json_string().get(raw)) return broken;
      std::string_view text = token.substr(1, token.size() - 2);
      if (has_escapes(text) && unescape(raw, text.size(), text)) return broken;
      return field_value{text};
    }
    case 't': return token == "true" ? field_value{true} : broken;
    case 'f': return token == "false" ? field_value{false} : broken;
    case 'n': return token == "null" ? field_value{} : broken;
    default: return read_json_number(token);
  }
}

error_code json_walk::value(ondemand::value& value, record_builder& into) {
  switch (first_byte(value)) {
    case '{': {
      auto inner = value.get_object();
      return inner.error() ? inner.error() : object(inner.value_unsafe(), into);
    }
    case '[': {
      auto inner = value.get_array();
      return inner.error() ? inner.error() : array(inner.value_unsafe(), into);
    }
    default: {
      field_value read = scalar(value);
      if (read.is(field_value::type::broken)) return simdjson::TAPE_ERROR;
      into.value(read);
      return simdjson::SUCCESS;
    }
  }
}

error_code json_walk::object(ondemand::object& object, record_builder& into) {
  if (!into.start_map()) return simdjson::SUCCESS;
  for (auto field : object) {
    if (field.error()) return field.error();
    std::string_view name;
    if (auto error = key(field.key().value_unsafe(), name)) return error;
    into.key(name);
    if (auto error = value(field.value_unsafe().value(), into)) return error;
  }
  into.end_map();
  return simdjson::SUCCESS;
}

error_code json_walk::array(ondemand::array& array, record_builder& into) {
  if (!into.start_array()) return simdjson::SUCCESS;
  for (auto element : array) {
    if (element.error()) return element.error();
    if (auto error = value(element.value_unsafe(), into)) return error;
  }
  into.end_array();
  return simdjson::SUCCESS;
}

}  // namespace cartwheel
