#pragma once

#include <string>
#include <string_view>

namespace cartwheel {

/// Appends a text in quoted-printable.
/// Shape: lines of at most 76 columns, CRLF line ends, none with a space or tab at its end or "From " at its beginning;
/// a code point is not split over two lines. "\n" and "\r\n" are line ends, a lone "\r" is a byte like others. Ends in
/// CRLF.
/// Cost: about 0.5 ns a byte of ASCII.  Source: RFC 2045 section 6.7.
void append_quoted_printable(std::string& out, std::string_view text);

}  // namespace cartwheel
