#include "actors/content/dkim_canonical.hpp"

#include <algorithm>
#include <vector>

namespace cartwheel::dkim {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view name_of(std::string_view field) {
  auto name = field.substr(0, field.find(':'));
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  return name;
}

/// The header's fields, each with its continuation lines, without their last CRLF.
std::vector<std::string_view> fields_of(std::string_view header) {
  std::vector<std::string_view> fields;
  while (!header.empty()) {
    size_t end = header.find("\r\n");
    while (end != header.npos && end + 2 < header.size() && is_blank(header[end + 2]))
      end = header.find("\r\n", end + 2);
    fields.push_back(header.substr(0, end));
    header.remove_prefix(end == header.npos ? header.size() : end + 2);
  }
  return fields;
}

/// Appends a text with its blanks run together and, at its end, none.
void append_relaxed(std::string& out, std::string_view text) {
  bool blank = false;
  for (char c : text) {
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
}

}  // namespace

std::string relaxed_field(std::string_view field) {
  std::string out;
  for (char c : name_of(field)) out += lower(c);
  out += ':';
  field.remove_prefix(std::min(field.find(':'), field.size() - 1) + 1);
  std::string unfolded;
  std::ranges::copy_if(field, std::back_inserter(unfolded), [](char c) { return c != '\r' && c != '\n'; });
  std::string_view value{unfolded};
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  append_relaxed(out, value);
  return out;
}

std::string relaxed_body(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  size_t end_of_text = 0;  // behind the last line that is not empty
  while (!body.empty()) {
    const auto end = body.find("\r\n");
    const auto begin = out.size();
    append_relaxed(out, body.substr(0, end));
    const bool empty = out.size() == begin;
    out += "\r\n";
    if (!empty) end_of_text = out.size();
    body.remove_prefix(end == body.npos ? body.size() : end + 2);
  }
  out.resize(end_of_text);
  return out;
}

std::string signing_input(std::string_view header, std::span<const std::string_view> names,
                          std::string_view signature) {
  auto fields = fields_of(header);
  std::string out;
  for (auto name : names) {
    auto last = std::find_if(fields.rbegin(), fields.rend(), [&](auto f) { return same_name(name_of(f), name); });
    if (last == fields.rend()) continue;
    out += relaxed_field(*last) + "\r\n";
    fields.erase(std::next(last).base());
  }
  return out += relaxed_field(signature);
}

halves split(std::string_view message) {
  const auto end = message.find("\r\n\r\n");
  if (end == message.npos) return {message, {}};
  return {message.substr(0, end + 2), message.substr(end + 4)};
}

size_t occurrences(std::string_view header, std::string_view name) {
  const auto fields = fields_of(header);
  return static_cast<size_t>(std::ranges::count_if(fields, [&](auto f) { return same_name(name_of(f), name); }));
}

}  // namespace cartwheel::dkim
