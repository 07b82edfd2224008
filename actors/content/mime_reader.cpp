#include "actors/content/mime_reader.hpp"

#include "actors/content/limits.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace cartwheel {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string in_lower_case(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes a line off the front, without its end.
std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The name before the colon, in lower case. Errors: nothing for what is no field. Source: RFC 5322 section 2.2.
std::optional<std::string> name_of(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return std::nullopt;
  auto name = line.substr(0, colon);
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);  // section 4.5: old ones may have blanks here
  if (name.empty() || std::ranges::any_of(name, [](char c) { return c <= ' ' || c > '~'; })) return std::nullopt;
  return in_lower_case(name);
}

std::string from_base64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    if (c == '=') break;
    const auto digit = digits.find(c);
    if (digit == digits.npos) continue;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((held += 6) < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string from_quoted_printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto line = next_line(text);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    const bool goes_on = line.ends_with('=');
    if (goes_on) line.remove_suffix(1);
    for (size_t i = 0; i < line.size(); ++i) {
      const bool coded =
        line[i] == '=' && i + 2 < line.size() && hex_value(line[i + 1]) >= 0 && hex_value(line[i + 2]) >= 0;
      if (coded) {
        out += static_cast<char>(hex_value(line[i + 1]) << 4 | hex_value(line[i + 2]));
        i += 2;
      } else {
        out += line[i];
      }
    }
    if (!goes_on) out += '\n';
  }
  return out;
}

/// Whether a line is `--boundary` or `--boundary--`, which ends a multipart.
enum class delimiter : uint8_t { none, next, last };
delimiter delimiter_of(std::string_view line, std::string_view boundary) {
  if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) return delimiter::none;
  const auto rest = trimmed(line.substr(2 + boundary.size()));
  if (rest.empty()) return delimiter::next;
  return rest == "--" ? delimiter::last : delimiter::none;
}

std::string guessed_boundary(std::string_view body) {
  while (!body.empty()) {
    auto line = next_line(body);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (line.size() > 4 && line.starts_with("--")) return std::string{line.substr(2)};
  }
  return {};
}

mime_part part_of(std::string_view text) {
  mime_part part;
  part.header = mime_fields::read(text);
  part.body = text;
  return part;
}

std::vector<mime_part> split(std::string_view body, std::string_view boundary) {
  std::vector<mime_part> parts;
  if (boundary.empty()) return parts;
  std::optional<std::string_view> begun;  // the rest of the body, from a part's first byte on
  auto close = [&](std::string_view at) {
    if (!begun) return;
    auto text = begun->substr(0, static_cast<size_t>(at.data() - begun->data()));
    // The line end before a delimiter belongs to it. Source: RFC 2046 section 5.1.1.
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    parts.push_back(part_of(text));
    begun.reset();
  };
  while (!body.empty() && parts.size() < limits::mime_parts_max) {
    const auto at = body;
    const auto what = delimiter_of(next_line(body), boundary);
    if (what == delimiter::none) continue;
    close(at);
    if (what == delimiter::last) return parts;
    begun = body;
  }
  if (begun && parts.size() < limits::mime_parts_max) parts.push_back(part_of(*begun));
  return parts;
}

void gather(const mime_part& whole, size_t depth, std::vector<mime_part>& leaves) {
  if (!whole.type().starts_with("multipart/")) {
    if (leaves.size() < limits::mime_parts_max) leaves.push_back(whole);
    return;
  }
  if (depth == 0) return;
  auto parts = split(whole.body, whole.parameter("boundary"));
  if (parts.empty()) parts = split(whole.body, guessed_boundary(whole.body));
  for (const auto& p : parts) gather(p, depth - 1, leaves);
}

}  // namespace

mime_fields mime_fields::read(std::string_view& text) {
  mime_fields out;
  bool goes_on = false;  // the line before was a field that is kept
  while (!text.empty()) {
    const auto line = next_line(text);
    if (line.empty()) break;
    if (is_blank(line.front())) {
      if (!goes_on) continue;
      auto& value = out.all_.back().value;
      const auto more = trimmed(line);
      if (more.empty() || value.size() + more.size() >= limits::mime_field_bytes_max) continue;
      if (!value.empty()) value += ' ';
      value += more;
      continue;
    }
    auto name = name_of(line);
    goes_on = name && out.all_.size() < limits::mime_fields_max;
    if (!goes_on) continue;
    const auto value = trimmed(line.substr(line.find(':') + 1)).substr(0, limits::mime_field_bytes_max);
    out.all_.push_back({std::move(*name), std::string{value}});
  }
  return out;
}

std::string_view mime_fields::operator[](std::string_view name) const {
  auto i = std::ranges::find(all_, name, &mime_field::name);
  return i == all_.end() ? std::string_view{} : std::string_view{i->value};
}

std::string mime_part::type() const {
  const auto said = header["content-type"];
  auto type = in_lower_case(trimmed(said.substr(0, said.find(';'))));
  return type.find('/') == type.npos ? "text/plain" : type;
}

std::string mime_part::parameter(std::string_view name) const {
  auto rest = header["content-type"];
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);  // ';'
    const auto equals = rest.find_first_of("=;");
    if (equals == rest.npos) return {};
    const auto key = in_lower_case(trimmed(rest.substr(0, equals)));
    const bool has_value = rest[equals] == '=';
    rest.remove_prefix(equals + (has_value ? 1 : 0));
    if (!has_value) continue;
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    std::string value;
    if (rest.starts_with('"')) {
      size_t i = 1;
      for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        value += rest[i];
      }
      rest.remove_prefix(std::min(i + 1, rest.size()));
    } else {
      value = trimmed(rest.substr(0, rest.find(';')));
    }
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    if (key == name) return value;
  }
  return {};
}

std::string mime_part::decoded() const {
  const auto encoding = first_word(header["content-transfer-encoding"]);
  if (encoding == "base64") return from_base64(body);
  if (encoding == "quoted-printable") return from_quoted_printable(body);
  return std::string{body};
}

std::vector<mime_part> mime_part::leaves() const {
  std::vector<mime_part> all;
  gather(*this, limits::mime_depth_max, all);
  return all;
}

mime_part read_mime(std::string_view message) { return part_of(message); }

std::string first_word(std::string_view text) {
  text = trimmed(text);
  return in_lower_case(text.substr(0, text.find_first_of(" \t(;")));
}

}  // namespace cartwheel
