#include "actors/content/mail_address.hpp"

#include "actors/content/one_line.hpp"
#include "actors/event/address.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/mailbox.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lower_ascii(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

/// The text within a quoted string, its quoted pairs undone; nothing when it is none.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    out += text[i];
  }
  return out;
}

}  // namespace

std::optional<mail_address> parse_address(std::string_view text) {
  if (text.size() > limits::email_bytes_max) return std::nullopt;
  auto parts = split_mailbox(text);
  if (!parts || !is_clean_utf8(text)) return std::nullopt;
  // Nearly every address is of a plain host, and an address literal stays as it is: no need to ask ICU.
  bool as_it_is = is_host_name(parts->domain) || is_address_literal(parts->domain);
  auto domain = as_it_is ? lower_ascii(parts->domain) : domain_to_ascii(parts->domain);
  if (!domain) return std::nullopt;
  mail_address out;
  out.utf8 = !is_ascii(parts->local);
  out.text = out.utf8 ? std::string{text} : std::string{parts->local}.append("@").append(*domain);
  out.domain = std::move(*domain);
  return out;
}

std::optional<mailbox> parse_mailbox(std::string_view text) {
  mailbox out;
  if (text.ends_with('>')) {
    size_t open = text.rfind('<');
    if (open == std::string_view::npos) return std::nullopt;
    auto name = one_line(text.substr(0, open), limits::name_bytes_max);
    auto inside = unquoted(name);
    out.name = inside ? std::move(*inside) : std::move(name);
    text = text.substr(open + 1, text.size() - open - 2);
  }
  auto address = parse_address(text);
  if (!address) return std::nullopt;
  out.address = std::move(*address);
  return out;
}

}  // namespace cartwheel
