#pragma once

#include <cstddef>

/// The bounds of mails and templates. Units: bytes unless said otherwise.
namespace cartwheel::limits {

/// Products shown in one mail; the rest is counted ("and 12 more"). Mail programs cut a message off at about 100 KiB,
/// and with it the link to unsubscribe.
constexpr size_t mail_lines_max = 8;

/// A header line without its CRLF. Source: RFC 5322 section 2.1.1.
constexpr size_t header_line_max = 998;

/// A header line as it should be, and an encoded word as it must be. Source: RFC 2047 section 2.
constexpr size_t header_line_wanted = 76;
constexpr size_t encoded_word_max = 75;

/// The link of List-Unsubscribe, which is never folded: the name, ": <" and ">" still fit into header_line_max.
constexpr size_t unsubscribe_url_max = 960;

/// A rendered subject: far more than any mail program shows.
constexpr size_t subject_bytes_max = 512;

/// One template file, and files in a folder: read whole at start.
constexpr size_t template_bytes_max = 256 * 1024;
constexpr size_t template_files_max = 1000;

/// Sections within sections of a template; deep enough for any mail, shallow enough for recursion.
constexpr size_t template_depth_max = 16;

/// Words put in by words; a text that puts in itself ends here.
constexpr size_t words_depth_max = 3;

/// Price formats kept (locale and currency; 100 B each); when full the cache starts anew.
constexpr size_t price_formats_max = 256;

/// A text within a link's token: an address (254) is the longest.
constexpr size_t token_text_bytes_max = 320;

/// A link's token as it comes in from outside: nonce, tag, four texts with their lengths, two bytes in front and the
/// numbers that name a mail (5, 1 and 10 at most), in base64url.
constexpr size_t token_bytes_max = (12 + 16 + 4 * (token_text_bytes_max + 2) + 2 + 16) * 4 / 3 + 3;

/// Content of a mail that was kept, unpacked: far more than 200 lines of a cart make, so that damage cannot ask for more.
constexpr size_t packed_mail_bytes_max = 16 * 1024 * 1024;

/// A report that comes in about a mail of ours. Most return its header, some all of it; ours are below 100 KiB.
constexpr size_t bounce_bytes_max = 1024 * 1024;

/// Fields of a header that are looked at, and bytes of one of them: relays on a long way add thirty.
constexpr size_t mime_fields_max = 256;
constexpr size_t mime_field_bytes_max = 8 * 1024;

/// Parts of a report that are looked at (it has three), and multiparts within each other (one; two where somebody forwards
/// it).
constexpr size_t mime_parts_max = 32;
constexpr size_t mime_depth_max = 4;

/// Recipients of one report that are looked at: a mail of ours has one, a list behind it many; and bytes kept of a text.
constexpr size_t bounce_recipients_max = 64;
constexpr size_t bounce_text_bytes_max = 512;

/// A private key in PEM: RSA of 16384 bits takes 13 KB.
constexpr size_t dkim_key_file_bytes_max = 64 * 1024;

/// The file with the node's secrets: three lines and comments.
constexpr size_t keys_file_bytes_max = 16 * 1024;

static_assert(encoded_word_max < header_line_wanted && header_line_wanted < header_line_max);
static_assert(unsubscribe_url_max + sizeof("List-Unsubscribe: <>") <= header_line_max);

}  // namespace cartwheel::limits
