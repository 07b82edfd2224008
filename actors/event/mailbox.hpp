#pragma once

#include <optional>
#include <string_view>

namespace cartwheel {

/// The two sides of a mailbox, split at the "@" that is no part of a quoted local part.
struct mailbox_parts {
  std::string_view local;   // quotes included
  std::string_view domain;  // brackets of a literal included
};

/// Splits a mailbox and checks its local part (RFC 5321 section 4.1.2 with RFC 6531's UTF-8); the domain is only split
/// off, its check is domain_to_ascii's. Errors: nothing when the local part breaks the grammar.
std::optional<mailbox_parts> split_mailbox(std::string_view mailbox);

/// Whether a mailbox is the ordinary kind: an unquoted ASCII local part and an ASCII host name without A-labels.
/// Its normalised form is then its lower case. Cost: one pass.
bool is_plain_mailbox(std::string_view mailbox);

/// Whether `domain` is an address literal: [192.0.2.1] or [IPv6:2001:db8::1]. Source: RFC 5321 section 4.1.3.
bool is_address_literal(std::string_view domain);

/// Whether `domain` is a host name of letters, digits and hyphens, its labels 63 bytes at most and none an A-label
/// ("xn--"), whose content only UTS 46 can judge.
bool is_host_name(std::string_view domain);

}  // namespace cartwheel
