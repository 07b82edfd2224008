#include "transport/smtp/dot_stuff.hpp"

#include <cstdint>
#include <cstring>

namespace cartwheel::smtp {

namespace {

bool has_eight_bit(std::string_view content) {
  const char* at = content.data();
  const char* const end = at + content.size();
  uint64_t seen = 0;
  for (; end - at >= 32; at += 32) {
    uint64_t words[4];
    std::memcpy(words, at, sizeof words);
    seen |= words[0] | words[1] | words[2] | words[3];
  }
  for (; at != end; ++at) seen |= static_cast<unsigned char>(*at);
  return (seen & 0x8080808080808080U) != 0;
}

}  // namespace

content_form look_at(std::string_view content) {
  content_form form;
  form.eight_bit = has_eight_bit(content);
  form.ends_in_crlf = content.ends_with("\r\n");
  const char* line = content.data();
  const char* const end = line + content.size();
  while (line != end) {
    if (*line == '.') ++form.leading_dots;
    const auto left = static_cast<size_t>(end - line);
    const auto* newline = static_cast<const char*>(std::memchr(line, '\n', left));
    const char* const stop = newline ? newline : end;
    // The first CR of the line must be the one before the LF; without an LF there may be none.
    const auto* cr = static_cast<const char*>(std::memchr(line, '\r', static_cast<size_t>(stop - line)));
    if (newline ? (cr == nullptr || cr + 1 != newline) : cr != nullptr) form.bare_line_end = true;
    if (!newline) break;
    line = newline + 1;
  }
  return form;
}

std::string dot_stuffed(std::string_view content, const content_form& form) {
  std::string out;
  out.reserve(content.size() + form.leading_dots + 2);
  size_t line = 0;
  while (line < content.size()) {
    if (content[line] == '.') out += '.';
    const auto newline = content.find('\n', line);
    const auto next = newline == std::string_view::npos ? content.size() : newline + 1;
    out.append(content.substr(line, next - line));
    line = next;
  }
  if (!form.ends_in_crlf) out += "\r\n";
  return out;
}

}  // namespace cartwheel::smtp
