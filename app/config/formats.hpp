#pragma once

#include "app/config/shape.hpp"

/// Texts with a standard behind them. Each keeps what it accepts as written unless it says otherwise.
namespace cartwheel::config {

/// "Example <cart@example.com>" or "cart@example.com", as actors/content/mail_address.hpp reads them; may be empty when
/// `optional`.
shape<std::string> mailbox(bool optional = false);

/// Empty, or the address of an envelope sender whose local part leaves room for a token; its domain in A-labels.
shape<std::string> bounce_address();

/// An address alone, kept as docs/EVENTS.md normalises it, so that it compares with a shopper's.
shape<std::string> address();

/// ISO 3166-1 alpha-2, in capitals.
shape<std::string> country();

/// BCP 47: "en", "nl-NL".
shape<std::string> locale();
shape<std::string> time_zone();

/// http or https; a trailing slash is dropped, since paths are appended.
shape<std::string> web_url(size_t bytes_max);

/// Empty, or any http or https URL.
shape<std::string> page_url();

/// Empty, or an http or https URL with one `{cart_id}` behind its host.
shape<std::string> restore_url();

/// Empty, or an address as it is to be shown.
shape<std::string> mail_address();

/// An amount in units of whatever currency: "100", "49.95"; may be empty.
shape<std::string> least_amount();

/// A file name without a folder and without its extension.
shape<std::string> template_name();

/// Empty, or visible ASCII without blanks, as it goes into a header; not repeated in complaints.
shape<std::string> secret();

/// A pattern of Fluentd tags: "cartwheel.**".
shape<std::string> tag_pattern();

/// "75%" or "8GiB".
shape<std::string> memory();

/// "14/s", "500/m" or "50000/h"; empty: no limit. Kept as written.
shape<std::string> rate();

/// What a rate says, in mails a second; 0 for the empty one.
double a_second(std::string_view rate);
/// Labels of a name in the DNS, in letters, digits and hyphens; may be empty when `optional`.
shape<std::string> dns_name(bool optional);

/// HOST:PORT to call, kept as written.
shape<std::string> host_port();

/// What EHLO may say: a host name, or an address in brackets as RFC 5321 section 4.1.3 writes it; may be empty.
shape<std::string> helo_name();

/// The name of an environment variable, or empty.
shape<std::string> environment_name();

}  // namespace cartwheel::config
