#include "app/config/endpoint.hpp"

#include "actors/event/limits.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace cartwheel {
namespace {

constexpr size_t host_bytes_max = 253;  // RFC 1035 section 2.3.4, as text

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// The address as inet_ntop writes it, so that equal addresses compare equal.
std::optional<std::string> canonical(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return std::string{inet_ntop(family, bytes.data(), out.data(), out.size())};
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > host_bytes_max) return false;
  size_t label = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') {
      if (!is_letter_or_digit(host[i]) && host[i] != '-') return false;
      continue;
    }
    auto text = host.substr(label, i - label);
    if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
    label = i + 1;
  }
  // A last label of digits alone is a mistyped IPv4 address ("127.0.0.300"), not a name.
  auto last = host.substr(host.rfind('.') + 1);
  return !std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<uint16_t> read_port(std::string_view text) {
  uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// Splits at the last colon; an IPv6 address must be in brackets, or its last group would read as a port.
std::optional<endpoint_settings> split(std::string_view text, bool names) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  auto port = read_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string host{text.substr(0, colon)};
  if (host.front() == '[' && host.back() == ']') {
    auto v6 = canonical(AF_INET6, host.substr(1, host.size() - 2));
    return v6 ? std::optional{endpoint_settings{*v6, *port}} : std::nullopt;
  }
  if (host == "localhost") return endpoint_settings{"127.0.0.1", *port};
  if (auto v4 = canonical(AF_INET, host)) return endpoint_settings{*v4, *port};
  if (names && is_host_name(host)) return endpoint_settings{host, *port};
  return std::nullopt;
}

}  // namespace

std::optional<endpoint_settings> parse_listen(std::string_view text) { return split(text, false); }

std::optional<endpoint_settings> parse_host_port(std::string_view text) {
  auto e = split(text, true);
  return e && e->port != 0 ? e : std::nullopt;
}

std::string to_string(const endpoint_settings& e) {
  auto host = e.host.find(':') == std::string::npos ? e.host : '[' + e.host + ']';
  return host + ':' + std::to_string(e.port);
}

bool is_loopback(const endpoint_settings& e) {
  return e.host.starts_with("127.") || e.host == "::1" || e.host.starts_with("::ffff:127.");
}

bool is_site_url(std::string_view text) {
  if (text.size() > limits::url_bytes_max) return false;
  auto rest = text;
  if (rest.starts_with("https://"))
    rest.remove_prefix(8);
  else if (rest.starts_with("http://"))
    rest.remove_prefix(7);
  else
    return false;
  auto slash = rest.find('/');
  auto authority = rest.substr(0, slash);
  auto path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (authority.find('@') != std::string_view::npos) return false;
  // The port of a URL may be left out; one that is there must be a port.
  auto last = authority.rfind(':');
  const bool has_port = last != std::string_view::npos && authority.find(']', last) == std::string_view::npos;
  if (!parse_host_port(has_port ? std::string{authority} : std::string{authority} + ":80")) return false;
  // What RFC 3986 allows in a path, but for the quote: links stand in HTML.
  constexpr std::string_view unreserved_and_delimiters = "-._~!$&()*+,;=:@/";
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%') {
      auto hex = [&](size_t at) {
        return at < path.size() && std::isxdigit(static_cast<unsigned char>(path[at])) != 0;
      };
      if (!hex(i + 1) || !hex(i + 2)) return false;
    } else if (!is_letter_or_digit(path[i]) && unreserved_and_delimiters.find(path[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace cartwheel
