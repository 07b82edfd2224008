#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cartwheel::smtp {

/// What one look at a mail's content tells.
struct content_form {
  size_t leading_dots = 0;     // lines that begin with a dot, so bytes that stuffing adds
  bool bare_line_end = false;  // a CR or LF on its own: a relay may read a second mail out of it (SMTP smuggling)
  bool eight_bit = false;      // an octet of 0x80 or more
  bool ends_in_crlf = false;
};

/// Cost: some 0.1 us per KiB.
content_form look_at(std::string_view content);

/// The content with another dot before each line that begins with one and, when its last line has no end, a CRLF: what
/// may stand before the final dot. Most mails need neither and are sent as they are (see look_at).
/// Source: RFC 5321 section 4.5.2.
std::string dot_stuffed(std::string_view content, const content_form& form);

}  // namespace cartwheel::smtp
