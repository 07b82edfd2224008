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

/// `MAIL FROM:<...>` with the parameters the server announced; SIZE, the optional one, only when wanted.
/// Returns whether it was written.
bool append_mail_command(std::string& out, const mail& m, const content_form& form, const capabilities& server,
                         bool with_size);

void append_rcpt_command(std::string& out, const mail& m);

}  // namespace cartwheel::smtp
