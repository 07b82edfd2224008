#include "actors/content/quoted_printable.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace cartwheel {

namespace {

constexpr size_t room = 75;  // of a line's 76 columns, one is for the = of a soft break

/// Bytes that stand for themselves anywhere in a line.
constexpr auto literal = [] {
  std::array<bool, 256> t{};
  for (size_t c = ' '; c <= '~'; ++c) t[c] = c != '=';
  t['\t'] = true;
  return t;
}();

/// Whether none of eight bytes is a control, "=", DEL or beyond ASCII: the usual case, seen in a few instructions.
/// Source: the zero-byte test of Mycroft (1987), which is exact in saying whether there is one.
bool eight_plain(const char* text) {
  constexpr uint64_t ones = 0x0101010101010101;
  constexpr uint64_t tops = ones * 0x80;
  uint64_t v;
  std::memcpy(&v, text, sizeof v);
  uint64_t equals = v ^ (ones * '=');
  uint64_t deletes = v ^ (ones * 0x7f);
  return ((v | ((v - ones * ' ') & ~v) | ((equals - ones) & ~equals) | ((deletes - ones) & ~deletes)) & tops) == 0;
}

size_t bytes_of_code_point(unsigned char lead) { return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1; }

char* put_escaped(char* to, unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  *to++ = '=';
  *to++ = digits[byte >> 4];
  *to++ = digits[byte & 15];
  return to;
}

char* put_soft_break(char* to) {
  std::memcpy(to, "=\r\n", 3);
  return to + 3;
}

/// One line of the text, without its line end.
char* put_line(char* to, std::string_view line) {
  // What must be escaped for where it stands: the last byte when it is blank, the first of "From ".
  size_t last = line.size();
  if (!line.empty() && (line.back() == ' ' || line.back() == '\t')) last = line.size() - 1;
  size_t column = 0;
  size_t i = 0;
  if (line.starts_with("From ")) {
    to = put_escaped(to, 'F');
    column = 3;
    i = 1;
  }
  while (i < line.size()) {
    size_t end = std::min(last, i + room - column);
    size_t run = i;
    while (run + 8 <= end && eight_plain(line.data() + run)) run += 8;
    while (run < end && literal[static_cast<unsigned char>(line[run])]) ++run;
    std::memcpy(to, line.data() + i, run - i);
    to += run - i;
    column += run - i;
    i = run;
    if (i == line.size()) break;
    auto byte = static_cast<unsigned char>(line[i]);
    if (literal[byte] && i != last) {  // the run ended for want of room
      to = put_soft_break(to);
      column = 0;
      continue;
    }
    size_t n = std::min(bytes_of_code_point(byte), line.size() - i);
    if (column + 3 * n > room) {
      to = put_soft_break(to);
      column = 0;
    }
    for (size_t k = 0; k < n; ++k) to = put_escaped(to, static_cast<unsigned char>(line[i + k]));
    column += 3 * n;
    i += n;
  }
  return to;
}

}  // namespace

void append_quoted_printable(std::string& out, std::string_view text) {
  size_t before = out.size();
  // At worst every byte takes three and every 24th of them a soft break of three more; a line end becomes two bytes.
  out.resize(before + text.size() * 3 + text.size() / 8 + 16);
  char* to = out.data() + before;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    to = put_line(to, line);
    *to++ = '\r';
    *to++ = '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  out.resize(static_cast<size_t>(to - out.data()));
}

}  // namespace cartwheel
