#pragma once

#include "runtime/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// The event of a Forward entry (msgpack `[time, record]`) as a JSON object on one line, with `time` where the record
/// itself has none.
/// Shape: what JSON has no word for can only stand in fields that events do not have; there bytes and extensions become
/// texts of hexadecimal digits, NaN and infinities null, and characters that are no UTF-8 U+FFFD.
/// Errors: nothing for what is no such entry, or nests deeper than limits::msgpack_depth_max.
std::optional<std::string> entry_json(std::string_view entry, instant time);

/// A text as JSON, with its quotes.
void append_json_text(std::string_view text, std::string& to);

std::string hexadecimal(std::string_view bytes);

}  // namespace cartwheel
