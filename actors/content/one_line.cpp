#include "actors/content/one_line.hpp"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

namespace cartwheel {

namespace {

/// C0, DEL, C1, LINE SEPARATOR, PARAGRAPH SEPARATOR: whatever some program may take for a line's end.
bool breaks_line(UChar32 c) { return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029; }

/// Embeddings, overrides and isolates of the writing direction: left open in a name they would turn the rest of the mail
/// around. Arabic and Hebrew need none of them.
bool turns_text(UChar32 c) { return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff; }

void append_code_point(std::string& out, UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  int32_t n = 0;
  U8_APPEND_UNSAFE(bytes, n, c);
  out.append(bytes, static_cast<size_t>(n));
}

void clip(std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  constexpr std::string_view ellipsis = "\u2026";
  size_t end = bytes_max - ellipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  while (end > 0 && text[end - 1] == ' ') --end;
  text.resize(end);
  text += ellipsis;
}

}  // namespace

bool is_plain_line(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) return false;
  char before = ' ';
  for (char c : text) {
    if (c < 0x20 || c > 0x7e || (c == ' ' && before == ' ')) return false;
    before = c;
  }
  return text.empty() || before != ' ';
}

bool is_clean_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  auto length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c < 0 || breaks_line(c) || turns_text(c)) return false;
  }
  return true;
}

std::string one_line(std::string_view text, size_t bytes_max) {
  if (is_plain_line(text, bytes_max)) return std::string{text};
  std::string out;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  // Of a text that is far too long only the beginning is looked at, however much of it goes.
  auto length = static_cast<int32_t>(std::min(text.size(), bytes_max * 8));
  bool space = false;
  for (int32_t i = 0; i < length && out.size() <= bytes_max;) {
    UChar32 c;
    U8_NEXT_OR_FFFD(bytes, i, length, c);
    if (turns_text(c)) continue;
    if (c == ' ' || breaks_line(c)) {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    append_code_point(out, c);
  }
  clip(out, bytes_max);
  return out;
}

}  // namespace cartwheel
