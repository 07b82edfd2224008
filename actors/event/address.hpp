#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// Normalises an e-mail address for comparison: Unicode NFC, local part to full Unicode lower case, domain to A-labels
/// (UTS 46, non-transitional); nothing is trimmed.
/// Errors: nothing when `mailbox` is no RFC 5321 Mailbox (RFC 6531 for UTF-8), or longer than limits::email_bytes_max.
/// Source: docs/EVENTS.md; RFC 5321 section 4.1.2; UTS 46.
std::optional<std::string> normalise_email(std::string_view mailbox);

/// The domain as A-labels, for a mail's envelope. Errors: nothing when it is no domain.
std::optional<std::string> domain_to_ascii(std::string_view domain);

}  // namespace cartwheel
