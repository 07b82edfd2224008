#include "actors/content/message_builder.hpp"

#include "actors/content/header.hpp"
#include "actors/content/language.hpp"
#include "actors/content/limits.hpp"
#include "actors/content/mail_address.hpp"
#include "actors/content/one_line.hpp"
#include "actors/content/quoted_printable.hpp"
#include "actors/content/reminder_fields.hpp"
#include "actors/event/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cartwheel {

namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// A Message-ID that is one and cannot be anything else: letters, digits and . _ - around one @.
bool is_message_id(std::string_view id) {
  size_t at = id.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == id.size() || id.size() > limits::header_line_max / 2)
    return false;
  return std::all_of(id.begin(), id.end(),
                     [&](const char& c) { return is_alnum(c) || c == '.' || c == '_' || c == '-' || &c == &id[at]; });
}

/// A web address that may stand in a header: RFC 3986 characters only, short enough never to be folded.
bool is_header_url(std::string_view url) {
  return is_web_url(url) && url.size() <= limits::unsubscribe_url_max &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// A name of ours as a part of a dotted or colon-separated identifier: small letters, digits and hyphens.
std::string identifier(std::string_view text) {
  constexpr size_t identifier_max = 63;  // a DNS label, which List-Id's parts look like
  std::string out;
  for (char c : text.substr(0, identifier_max)) {
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c + ('a' - 'A'));
    else
      out += is_alnum(c) ? c : '-';
  }
  return out.empty() ? "default" : out;
}

/// The locale prices and dates are written in: the shopper's or the shop's where it is of the language the mail is in.
std::string_view written_locale(const mail_template& t, const reminder& r, const shop_settings& shop) {
  for (std::string_view locale : {std::string_view{r.locale}, std::string_view{shop.locale}}) {
    if (is_language_tag(locale) && same_language_tag(primary_language(locale), primary_language(t.language)))
      return locale;
  }
  return t.language;
}

built_mail refuse(std::string_view what) { return {std::nullopt, fmt::format("template_error: {}", what)}; }

void append_part(std::string& out, std::string_view boundary, std::string_view type, std::string_view body) {
  out.append("--").append(boundary).append("\r\nContent-Type: ").append(type);
  out += "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
  append_quoted_printable(out, body);
  out += "\r\n";
}

}  // namespace

std::optional<std::string> sending_domain(const shop_settings& shop) {
  auto from = parse_mailbox(shop.from);
  return from ? std::optional{std::move(from->address.domain)} : std::nullopt;
}

built_mail message_builder::build(const reminder& r, const shop_settings& shop) {
  const auto* t = templates_->find(r.template_name, r.locale, shop.locale);
  if (t == nullptr) {
    return refuse(
      fmt::format("no template {} in {}, {} or en", r.template_name, r.locale.empty() ? "-" : r.locale, shop.locale));
  }
  auto from = parse_mailbox(shop.from);
  if (!from) return refuse("shop: from: no address");
  std::optional<mailbox> reply_to;
  if (!shop.reply_to.empty() && !(reply_to = parse_mailbox(shop.reply_to))) return refuse("shop: reply_to: no address");
  auto to = parse_address(r.address);
  if (!to) return refuse("address: no address");
  if (!is_message_id(r.message_id)) return refuse("message_id: no Message-ID");
  if (!is_header_url(r.unsubscribe_url)) return refuse("unsubscribe_url: no http(s) URL of at most 960 characters");
  if (r.lines.empty() && r.about_lines) return refuse("lines: the cart is empty");

  const auto locale = written_locale(*t, r, shop);
  const auto* price = prices_.of(locale, r.currency);
  reminder_fields fields{r, shop, price, t->language, locale};
  subject_.clear();
  text_.clear();
  html_.clear();
  for (auto [part, out] : {std::pair{&t->subject, &subject_}, {&t->text, &text_}, {&t->html, &html_}}) {
    if (auto hole = part->render(fields.values(), *out); !hole.empty()) return refuse(hole);
  }
  auto subject = one_line(subject_, limits::subject_bytes_max);
  if (subject.empty()) return refuse(fmt::format("{}.{}: the subject is empty", t->name, t->language));

  auto reference = std::string_view{r.message_id}.substr(0, r.message_id.find('@'));
  // "=_" cannot occur in quoted-printable, so no body can end its part. Source: RFC 2045 section 6.7.
  auto boundary = fmt::format("=_{}", identifier(reference));
  auto shop_id = identifier(r.shop);
  auto shop_name = one_line(shop.name, limits::name_bytes_max);

  const auto& sender = r.envelope_sender.empty() ? from->address.text : r.envelope_sender;
  rendered_mail mail{r.message_id, sender, to->text, from->address.utf8 || to->utf8, {}};
  auto& out = mail.bytes;
  out.reserve(2048 + r.unsubscribe_url.size() + (text_.size() + html_.size()) * 5 / 4);
  header::append_mailbox(out, "From", from->name, from->address.text);
  header::append_mailbox(out, "To", one_line(greeting_name(r.shopper_name), limits::name_bytes_max), to->text);
  if (reply_to) {
    header::append_mailbox(out, "Reply-To", reply_to->name, reply_to->address.text);
    mail.utf8 = mail.utf8 || reply_to->address.utf8;
  }
  header::append_text(out, "Subject", subject);
  header::append_date(out, r.date);
  header::append_token(out, "Message-ID", fmt::format("<{}>", r.message_id));
  header::append_token(out, "MIME-Version", "1.0");
  header::append_token(out, "Content-Type", fmt::format("multipart/alternative;\r\n boundary=\"{}\"", boundary));
  header::append_token(out, "Content-Language", t->language);
  header::append_token(out, "List-Unsubscribe", fmt::format("<{}>", r.unsubscribe_url));
  header::append_token(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  header::append_mailbox(out, "List-Id", shop_name, fmt::format("cart-reminders.{}.{}", shop_id, from->address.domain));
  header::append_token(out, "Feedback-ID",
                       fmt::format("{}:{}:{}:cartwheel", r.step, identifier(r.template_name), shop_id));
  header::append_token(out, "Auto-Submitted", "auto-generated");
  header::append_token(out, "X-Reminder-Ref", reference);
  out += "\r\n";
  append_part(out, boundary, "text/plain", text_);
  append_part(out, boundary, "text/html", html_);
  out.append("--").append(boundary).append("--\r\n");
  return {std::move(mail), {}};
}

}  // namespace cartwheel
