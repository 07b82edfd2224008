#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// An address as an envelope and a header carry it.
struct mail_address {
  std::string text;    // "anna@xn--mnchen-3ya.example"; with a UTF-8 local part: as given
  std::string domain;  // in A-labels
  bool utf8 = false;   // the local part is not ASCII: needs SMTPUTF8
};

/// An address with the name of its owner, which may be empty.
struct mailbox {
  std::string name;
  mail_address address;
};

/// Reads `local@domain`. Nothing is trimmed, so nothing can hide in an address: controls, line ends, spaces, angle
/// brackets and second addresses are refused, not taken out.
/// Errors: nothing for what is no RFC 5321 Mailbox (RFC 6531 for UTF-8) or longer than limits::email_bytes_max.
std::optional<mail_address> parse_address(std::string_view text);

/// Reads `Name <local@domain>`, `"Name" <local@domain>` or the bare address: a shop's `from`.
/// Errors: nothing when the address is none.
std::optional<mailbox> parse_mailbox(std::string_view text);

}  // namespace cartwheel
