#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cartwheel {

/// Makes a text from outside fit to stand in a mail: one line of valid UTF-8 that cannot change what stands around it.
/// Control characters and line separators become a space, runs of spaces one, none at the ends; overrides of the writing
/// direction and byte order marks go; bytes that are no UTF-8 become U+FFFD; what is longer than `bytes_max` is cut
/// between code points and ends in an ellipsis.
/// Bounds: bytes_max >= 4.  Cost: a copy; nothing more where the text is plain ASCII.
std::string one_line(std::string_view text, size_t bytes_max);

/// Whether one_line would leave the text as it is because it is short printable ASCII without runs of spaces.
bool is_plain_line(std::string_view text, size_t bytes_max);

/// Whether a text is valid UTF-8 without anything that one_line takes out; spaces may stand as they like.
bool is_clean_utf8(std::string_view text);

}  // namespace cartwheel
