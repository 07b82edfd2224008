#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cartwheel::dkim {

/// A header field as it is hashed: name in lower case, unfolded, blanks run together, none at either end; without CRLF.
/// `field`: "Name: value", folded or not.  Source: RFC 6376 section 3.4.2.
std::string relaxed_field(std::string_view field);

/// A body as it is hashed: blanks run together, none at a line's end, no empty lines at the end; CRLF at the end of what is
/// not empty. `body` has CRLF line ends.  Source: RFC 6376 section 3.4.4.
std::string relaxed_body(std::string_view body);

/// What a signature is made over: the named fields of the message's header, each name taking the last one that was not taken
/// yet (nothing when there is none left), and the signature's own field, its b= empty, without CRLF.
/// `names` in the order of h=, in any case.  Source: RFC 6376 sections 3.7 and 5.4.2.
std::string signing_input(std::string_view header, std::span<const std::string_view> names, std::string_view signature);

/// A message's header (with the CRLF of its last field) and its body. Source: RFC 5322 section 2.1.
struct halves {
  std::string_view header, body;
};
halves split(std::string_view message);

/// How often a field of that name is there; `name` in any case.
size_t occurrences(std::string_view header, std::string_view name);

}  // namespace cartwheel::dkim
