#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The pages behind a mail's link to unsubscribe. Whole HTML documents without any resource from elsewhere; every value
/// is escaped. A GET shows a question and changes nothing, for link scanners follow every link; the POST acts, whether
/// it comes from the page's button or from a mail program (RFC 8058).
namespace cartwheel::unsubscribe_page {

enum class language : uint8_t { en, nl, fr };

/// The best of the languages there are. Source: RFC 9110 section 12.5.4 (Accept-Language).
language choose(std::string_view accept_language);

/// GET with a valid token: whose reminders these are, and a button that posts to the same address.
std::string question(language l, std::string_view shop_name, std::string_view address);

/// POST with a valid token, the first time as any later one.
std::string done(language l, std::string_view shop_name, std::string_view address);

/// Any request with a token that is not ours, to be sent with status 404.
std::string unknown(language l);

/// Values of the headers to send with each of these pages: nothing may be loaded or framed, nobody learns the link.
constexpr std::string_view content_type = "text/html; charset=utf-8";
constexpr std::string_view content_security_policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
constexpr std::string_view cache_control = "no-store";
constexpr std::string_view referrer_policy = "no-referrer";

/// An address that its owner recognises and that a forwarded mail does not give away: "a•••@example.com".
std::string masked(std::string_view address);

}  // namespace cartwheel::unsubscribe_page
