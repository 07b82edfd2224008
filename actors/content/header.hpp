#pragma once

#include "runtime/base/time.hpp"

#include <string>
#include <string_view>

/// The header fields of a mail. Each function appends one whole field, folded, with its CRLF.
/// Texts must be one line (one_line.hpp) and addresses parsed (mailbox.hpp) before they come here: then no value can
/// begin a field of its own.
namespace cartwheel::header {

/// A field for people to read, such as Subject: as it is when short and ASCII, else in encoded words.
/// Source: RFC 5322 section 2.2.3 (folding), RFC 2047 (encoded words: at most 75 columns, no code point split).
void append_text(std::string& out, std::string_view name, std::string_view value);

/// From, To, Reply-To: the owner's name, quoted or in encoded words, and the address as it is.
void append_mailbox(std::string& out, std::string_view name, std::string_view owner, std::string_view address);

/// A field whose value is a token of ours and must not be folded.
void append_token(std::string& out, std::string_view name, std::string_view value);

/// Date, in UTC. Source: RFC 5322 section 3.3.
void append_date(std::string& out, instant t);

}  // namespace cartwheel::header
