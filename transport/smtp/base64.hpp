#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel::smtp {

/// RFC 4648 section 4, with padding, on one line.
std::string base64(std::string_view bytes);

/// Reads it back. Errors: nothing for anything that base64() does not write: no blanks, no line ends, no stray bits.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace cartwheel::smtp
