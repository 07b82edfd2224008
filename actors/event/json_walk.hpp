#pragma once

#include "actors/event/event.hpp"
#include "actors/event/record_builder.hpp"

#include <simdjson.h>

namespace cartwheel {

/// Walks JSON values and feeds a record_builder everything it meets. simdjson finds the tokens and checks UTF-8; what it
/// leaves unchecked in values nobody asks for (numbers, literals, escapes) is checked here, so a broken document is
/// refused even where it is broken inside an unknown field.
/// Errors: simdjson's, for what is no JSON. Too deep nesting is not one: the builder notes a fault, and the value is
/// passed over.
class json_walk {
 public:
  /// Texts without escapes point into the document, the others into the batch.
  json_walk(simdjson::ondemand::parser& parser, event_batch& batch) : parser_{parser}, batch_{batch} {}

  simdjson::error_code object(simdjson::ondemand::object& object, record_builder& into);
  simdjson::error_code value(simdjson::ondemand::value& value, record_builder& into);

  /// The first byte of a value's token says what it is.
  static char first_byte(simdjson::ondemand::value& value) { return value.raw_json_token()[0]; }

  /// Reads a key up to its closing quote.
  simdjson::error_code key(simdjson::ondemand::raw_json_string raw, std::string_view& out);
  /// Reads a value that is neither an object nor an array. Errors: a `broken` one.
  field_value scalar(simdjson::ondemand::value& value);

 private:
  simdjson::error_code array(simdjson::ondemand::array& array, record_builder& into);
  simdjson::error_code unescape(simdjson::ondemand::raw_json_string raw, size_t size, std::string_view& out);

  simdjson::ondemand::parser& parser_;
  event_batch& batch_;
};

/// Reads a JSON number: an integer when it has neither fraction nor exponent. Errors: a `broken` one when it breaks RFC 8259.
field_value read_json_number(std::string_view token);

}  // namespace cartwheel
