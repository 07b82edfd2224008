#include "actors/event/mailbox.hpp"

#include "actors/event/limits.hpp"
#include "actors/event/text.hpp"

#include <arpa/inet.h>
#include <strings.h>

#include <array>
#include <string>

namespace cartwheel {

namespace {

constexpr size_t label_bytes_max = 63;    // RFC 1035 section 2.3.4
constexpr size_t domain_bytes_max = 253;  // the same, written with dots

constexpr auto ascii_atext = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view{"!#$%&'*+-/=?^_`{|}~0123456789"}) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_ascii_atext(char c) { return ascii_atext[static_cast<unsigned char>(c)]; }
bool is_utf8(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// Dots stand between atoms only.
template <class IsAtext>
bool is_dot_string(std::string_view text, IsAtext is_atext) {
  bool atom = false;
  for (char c : text) {
    if (c == '.') {
      if (!atom) return false;
      atom = false;
    } else {
      if (!is_atext(c)) return false;
      atom = true;
    }
  }
  return atom;
}

// The length of the Quoted-string at the front, quotes included; 0 when there is none.
size_t quoted_string(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '"') return i + 1;
    if (c == '\\') {
      ++i;
      if (i == text.size() || text[i] < 0x20 || text[i] > 0x7e) return 0;  // as signed char: UTF-8 cannot be escaped
    } else if (c < 0x20 || c == 0x7f) {
      return 0;
    }
  }
  return 0;
}

}  // namespace

std::optional<mailbox_parts> split_mailbox(std::string_view mailbox) {
  if (mailbox.empty() || mailbox.size() > limits::email_bytes_max) return std::nullopt;
  auto content = inspect_text(mailbox);
  if (content != text_content::printable_ascii && content != text_content::utf8) return std::nullopt;
  size_t end = mailbox[0] == '"' ? quoted_string(mailbox) : mailbox.find('@');
  if (end == 0 || end >= mailbox.size() || mailbox[end] != '@' || end > limits::local_part_bytes_max) {
    return std::nullopt;
  }
  mailbox_parts parts{mailbox.substr(0, end), mailbox.substr(end + 1)};
  if (mailbox[0] != '"' && !is_dot_string(parts.local, [](char c) { return is_ascii_atext(c) || is_utf8(c); })) {
    return std::nullopt;
  }
  return parts;
}

bool is_plain_mailbox(std::string_view mailbox) {
  size_t at = mailbox.find('@');
  if (mailbox.size() > limits::email_bytes_max || at == mailbox.npos || at > limits::local_part_bytes_max) return false;
  return is_dot_string(mailbox.substr(0, at), is_ascii_atext) && is_host_name(mailbox.substr(at + 1));
}

bool is_address_literal(std::string_view domain) {
  if (domain.size() < 2 || domain.front() != '[' || domain.back() != ']') return false;
  std::string address{domain.substr(1, domain.size() - 2)};
  if (address.find('\0') != address.npos) return false;  // inet_pton would stop there
  std::array<unsigned char, sizeof(in6_addr)> binary;
  constexpr std::string_view tag = "IPv6:";
  bool tagged = strncasecmp(address.c_str(), tag.data(), tag.size()) == 0;
  if (tagged) return inet_pton(AF_INET6, address.c_str() + tag.size(), binary.data()) == 1;
  return inet_pton(AF_INET, address.c_str(), binary.data()) == 1;
}

bool is_host_name(std::string_view domain) {
  if (domain.empty() || domain.size() > domain_bytes_max) return false;
  size_t start = 0;
  for (size_t i = 0; i <= domain.size(); ++i) {
    if (i < domain.size() && domain[i] != '.') {
      char c = domain[i];
      char lower = static_cast<char>(c | 0x20);
      if (!((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
      continue;
    }
    size_t length = i - start;
    if (length == 0 || length > label_bytes_max || domain[start] == '-' || domain[i - 1] == '-') return false;
    if (length >= 4 && (domain[start] | 0x20) == 'x' && (domain[start + 1] | 0x20) == 'n' && domain[start + 2] == '-' &&
        domain[start + 3] == '-') {
      return false;
    }
    start = i + 1;
  }
  return true;
}

}  // namespace cartwheel
