#pragma once

#include "transport/smtp/capabilities.hpp"
#include "transport/smtp/dot_stuff.hpp"
#include "transport/smtp/mail_feed.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel::smtp {

/// Why a mail cannot go over this connection, found before a command about it is sent.
struct local_refusal {
  std::string_view enhanced;  // as a relay would have said it
  std::string_view text;
};

/// Looks at a mail with the server's announcements at hand. A mail that needs an extension the server lacks is refused
/// here: sent without it, the relay or the next one would mangle or refuse it.
/// The empty sender (a notice nobody shall answer) is allowed, the empty recipient is not.
std::optional<local_refusal> check(const mail& m, const content_form& form, const capabilities& server);

/// `MAIL FROM:<...>` with the parameters the server announced. SIZE, RET and ENVID (RFC 1870, 3461) are `optional`: a mail
/// goes as well without them.  Returns whether one of those was written.
bool append_mail_command(std::string& out, const mail& m, const content_form& form, const capabilities& server,
                         bool optional);

/// `RCPT TO:<...>`, with NOTIFY and ORCPT (RFC 3461) where the server announced DSN.  Returns whether they were written.
bool append_rcpt_command(std::string& out, const mail& m, const capabilities& server, bool optional);

/// `BDAT n LAST` and the content itself, which needs no dots.  Source: RFC 3030 section 2.
void append_bdat(std::string& out, const mail& m, const content_form& form);

}  // namespace cartwheel::smtp
