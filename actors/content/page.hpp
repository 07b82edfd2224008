#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// What the pages behind the links in mails share: whole HTML documents for phones and screen readers, without scripts,
/// cookies or anything from elsewhere; every value is escaped.
namespace cartwheel::page {

enum class language : uint8_t { en, nl, fr, de };
constexpr size_t language_count = static_cast<size_t>(language::de) + 1;
constexpr std::array<std::string_view, language_count> tags{"en", "nl", "fr", "de"};

/// The best of the languages there are. Source: RFC 9110 section 12.5.4 (Accept-Language).
language choose(std::string_view accept_language);

/// The language of the mail that the link stands in, where there is a page in it; else the best for the browser.
language choose(std::string_view mail_language, std::string_view accept_language);

/// Values of the headers to send with each of these pages: nothing may be loaded or framed, nobody learns the link.
constexpr std::string_view content_type = "text/html; charset=utf-8";
constexpr std::string_view content_security_policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
constexpr std::string_view cache_control = "no-store";
constexpr std::string_view referrer_policy = "no-referrer";

/// An address that its owner recognises and that a forwarded mail does not give away: "a•••@example.com".
std::string masked(std::string_view address);

/// What `{shop}`, `{address}` and `{date}` in a page's words stand for.
struct values {
  std::string_view shop;
  std::string_view address;
  std::string_view date{};
};

/// A document, piece by piece, from the heading on; `finish` closes it.
class document {
 public:
  /// `title` is the heading, and what the browser's tab says.
  document(language l, std::string_view title);

  document& paragraph(std::string_view words, const values& v = {});
  document& note(std::string_view words);
  /// A link to one of our own pages or to a shop's; nothing where `url` is empty.
  document& link(std::string_view url, std::string_view words);
  /// The form posts to the page's own address, whatever proxy stands before us.
  document& begin_form();
  document& hidden(std::string_view name, std::string_view value);
  document& button(std::string_view words, const values& v = {}, std::string_view name = {},
                   std::string_view value = {}, bool other = false);
  document& end_form();
  /// Closes the document and hands it over; nothing may follow.
  std::string finish();

 private:
  void words_with_values(std::string_view words, const values& v, bool strong);

  std::string out_;
};

}  // namespace cartwheel::page
