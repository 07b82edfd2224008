#include "app/config/formats.hpp"

#include "actors/campaign/template_choice.hpp"
#include "actors/content/bounce_token.hpp"
#include "actors/content/mail_address.hpp"
#include "actors/content/restore_target.hpp"
#include "actors/content/web_url.hpp"
#include "actors/event/address.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/mailbox.hpp"
#include "actors/event/wellformed.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/limits.hpp"
#include "app/config/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cartwheel::config {
namespace {

using accepted = std::optional<std::string>;

accepted if_so(bool yes, const std::string& text) { return yes ? accepted{text} : std::nullopt; }

/// As the mail will read it; two addresses in one are a slip, though the first could pass for a name.
bool is_mailbox(std::string_view text) { return text.find('<') == text.rfind('<') && parse_mailbox(text).has_value(); }

bool is_file_stem(std::string_view text) {
  return !text.empty() && text.size() <= limits::template_name_bytes_max && text[0] != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

bool is_visible_ascii(std::string_view text) {
  return text.size() <= limits::config_text_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// "[192.0.2.1]", "[IPv6:2001:db8::1]"
bool is_address_literal(const std::string& text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  auto inside = text.substr(1, text.size() - 2);
  if (inside.starts_with("IPv6:")) return parse_listen('[' + inside.substr(5) + "]:0").has_value();
  return inside.find(':') == std::string::npos && inside != "localhost" && parse_listen(inside + ":0").has_value();
}

bool is_helo_name(const std::string& text) {
  if (is_address_literal(text) || text == "localhost") return true;
  if (text.find_first_of(":[") != std::string::npos) return false;
  auto e = parse_host_port(text + ":25");
  // An address alone is no name.
  return e && !parse_listen(text + ":0");
}

bool is_environment_name(std::string_view text) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= limits::config_text_bytes_max && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

shape<std::string> mailbox(bool optional) {
  std::string allowed = "a mailbox like \"Example <cart@example.com>\" or \"cart@example.com\"";
  if (optional) allowed += ", or empty";
  return text_that([=](const auto& t) { return if_so((optional && t.empty()) || is_mailbox(t), t); }, allowed);
}

shape<std::string> bounce_address() {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return text_that(
    [=](const std::string& t) -> accepted {
      if (t.empty()) return t;
      auto read = parse_address(t);
      if (!read) return std::nullopt;
      const auto local = read->text.substr(0, read->text.rfind('@'));
      return if_so(local.size() <= bounce_local_part_max && std::all_of(local.begin(), local.end(), plain), read->text);
    },
    fmt::format(
      "an address like \"bounce@example.com\" with up to {} letters, digits, '-' and '_' before the @, or empty",
      bounce_local_part_max));
}

shape<std::string> address() {
  return text_that([](const auto& t) { return normalise_email(t); }, "an e-mail address");
}

shape<std::string> country() {
  return text_that([](const auto& t) { return if_so(wellformed::country(t), t); },
                   "a country as ISO 3166-1 alpha-2 in capitals, like \"NL\"");
}

shape<std::string> locale() {
  return text_that([](const auto& t) { return if_so(wellformed::locale(t), t); },
                   "a language tag (BCP 47) like \"en\" or \"nl-NL\"");
}

shape<std::string> time_zone() {
  return text_that([](const auto& t) { return if_so(wellformed::time_zone(t), t); },
                   "an IANA time zone like \"Europe/Amsterdam\"");
}

shape<std::string> web_url(size_t bytes_max) {
  return text_that(
    [=](auto t) {
      while (t.ends_with('/')) t.pop_back();
      return if_so(t.size() <= bytes_max && is_site_url(t), t);
    },
    "an http or https URL of up to " + std::to_string(bytes_max) +
      " bytes, with a host and without user, query or fragment");
}

shape<std::string> page_url() {
  return text_that([](const auto& t) { return if_so(t.empty() || is_web_url(t), t); },
                   "an http or https URL of up to " + std::to_string(limits::url_bytes_max) + " bytes, or empty");
}

shape<std::string> restore_url() {
  return text_that(
    [](const auto& t) {
      const auto mark = t.find(cart_id_mark);
      if (t.empty()) return std::optional{t};
      if (mark == std::string::npos || t.find('{', mark + 1) != std::string::npos) return std::optional<std::string>{};
      // Behind the host: else whoever names a cart would choose where the link leads.
      const auto behind_host = t.find_first_of("/?#", t.find("//") + 2);
      auto filled = t;
      filled.replace(mark, cart_id_mark.size(), "x");
      return if_so(behind_host < mark && is_web_url(filled), t);
    },
    "an http or https URL with {cart_id} once behind its host, like \"https://example.com/cart?restore={cart_id}\", or "
    "empty");
}

shape<std::string> mail_address() {
  return text_that([](const auto& t) { return if_so(t.empty() || parse_address(t).has_value(), t); },
                   "an e-mail address like \"help@example.com\", or empty");
}

shape<std::string> least_amount() {
  return text_that([](const auto& t) { return if_so(t.empty() || minor_least(t, 4).has_value(), t); },
                   "an amount like \"100\" or \"49.95\"");
}

shape<std::string> template_name() {
  return text_that([](const auto& t) { return if_so(is_file_stem(t), t); },
                   "a template's name: letters, digits, '-', '_' and '.', not first a '.', up to " +
                     std::to_string(limits::template_name_bytes_max));
}

shape<std::string> secret() {
  return text_that(
    [](const auto& t) { return if_so(is_visible_ascii(t), t); },
    "visible ASCII without blanks, up to " + std::to_string(limits::config_text_bytes_max) + " bytes, or empty", true);
}

shape<std::string> tag_pattern() {
  return text_that([](const auto& t) { return if_so(!t.empty() && is_visible_ascii(t), t); },
                   "a tag pattern of Fluentd without blanks, like \"cartwheel.**\"");
}

shape<std::string> memory() {
  // Any machine will do here: only the text is judged.
  return text_that([](const auto& t) { return if_so(parse_memory(t, 1).has_value(), t); },
                   "a share of the machine's memory like \"75%\", or an amount of 64MiB or more like \"8GiB\"");
}

shape<std::string> dns_name(bool optional) {
  std::string allowed = "a name in the DNS, like \"news\" or \"key1.mail\"";
  if (optional) allowed += ", or empty";
  return text_that([=](const auto& t) { return if_so((optional && t.empty()) || is_host_name(t), t); }, allowed);
}

namespace {

std::optional<double> parse_rate(std::string_view text) {
  if (text.empty()) return 0;
  double count = 0;
  const auto* end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, count, std::chars_format::fixed);
  if (r.ec != std::errc{} || end - r.ptr != 2 || *r.ptr != '/' || !(count > 0)) return std::nullopt;
  const double seconds = r.ptr[1] == 's' ? 1 : r.ptr[1] == 'm' ? 60 : r.ptr[1] == 'h' ? 3600 : 0;
  if (seconds == 0 || count / seconds > limits::rate_max) return std::nullopt;
  return count / seconds;
}

}  // namespace

shape<std::string> rate() {
  return text_that([](const std::string& t) { return parse_rate(t) ? std::optional{t} : std::nullopt; },
                   "mails in a second, minute or hour, like \"14/s\", \"500/m\" or \"50000/h\", or \"\" for no limit");
}

double a_second(std::string_view rate) { return parse_rate(rate).value_or(0); }

shape<std::string> host_port() {
  return text_that([](const auto& t) { return if_so(parse_host_port(t).has_value(), t); },
                   "HOST:PORT, like \"127.0.0.1:2525\", \"[::1]:25\" or \"relay.example.com:25\"");
}

shape<std::string> helo_name() {
  return text_that([](const auto& t) { return if_so(t.empty() || is_helo_name(t), t); },
                   "a host name, an address like \"[192.0.2.1]\" or \"[IPv6:2001:db8::1]\", or empty");
}

shape<std::string> environment_name() {
  return text_that([](const auto& t) { return if_so(t.empty() || is_environment_name(t), t); },
                   "the name of an environment variable: letters, digits and '_', not first a digit; or empty");
}

}  // namespace cartwheel::config
