#include "actors/content/header.hpp"

#include "actors/content/limits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <iterator>

namespace cartwheel::header {

namespace {

constexpr std::string_view word_begin_q = "=?utf-8?Q?";
constexpr std::string_view word_begin_b = "=?utf-8?B?";
constexpr size_t word_frame = 12;  // of an encoded word: what stands around its text

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// What the Q encoding may leave as it is within a phrase. Source: RFC 2047 section 5 (3).
bool is_q_literal(char c) { return is_alnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/'; }

size_t q_size(std::string_view text) {
  size_t n = 0;
  for (char c : text) n += is_q_literal(c) || c == ' ' ? 1 : 3;
  return n;
}

size_t b_size(std::string_view text) { return (text.size() + 2) / 3 * 4; }

void append_q(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      out += '_';
    else if (is_q_literal(c))
      out += c;
    else
      out.append({'=', digits[byte >> 4], digits[byte & 15]});
  }
}

void append_b(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < text.size(); i += 3) {
    size_t n = std::min<size_t>(3, text.size() - i);
    uint32_t v = 0;
    for (size_t k = 0; k < 3; ++k) v = v << 8 | (k < n ? static_cast<unsigned char>(text[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= n ? digits[v >> (18 - 6 * k) & 63] : '=';
  }
}

size_t next_code_point(std::string_view text, size_t i) {
  ++i;
  while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) ++i;
  return i;
}

/// Appends encoded words, each on a line of its own, the first where the line is. Returns the column after the last.
size_t append_encoded(std::string& out, std::string_view text, size_t column) {
  // Q stays readable in a log; B is for texts in which it would not, and would be much longer.
  bool q = q_size(text) * 2 <= b_size(text) * 3;
  auto size = q ? q_size : b_size;
  for (size_t begin = 0; begin < text.size();) {
    if (begin != 0) {
      out += "\r\n ";
      column = 1;
    }
    size_t room = std::min(limits::encoded_word_max, limits::header_line_wanted - column) - word_frame;
    size_t end = next_code_point(text, begin);
    for (size_t next = end; next < text.size();) {
      next = next_code_point(text, next);
      if (size(text.substr(begin, next - begin)) > room) break;
      end = next;
    }
    auto part = text.substr(begin, end - begin);
    out += q ? word_begin_q : word_begin_b;
    q ? append_q(out, part) : append_b(out, part);
    out += "?=";
    column += size(part) + word_frame;
    begin = end;
  }
  return column;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Whether a text can stand in lines of the wanted length, broken at its spaces, and nobody takes it for encoded words.
bool can_fold(std::string_view text, size_t column) {
  if (!is_printable_ascii(text) || text.find("=?") != std::string_view::npos) return false;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(' ', begin), text.size());
    if (column + end - begin > limits::header_line_wanted) return false;
    column = 1;
    begin = end + 1;
  }
  return true;
}

void append_folded(std::string& out, std::string_view text, size_t column) {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(' ', begin + 1), text.size());
    // `begin` is at the space before a word, save for the first; the space becomes the folding one.
    if (begin != 0 && column + end - begin > limits::header_line_wanted) {
      out += "\r\n";
      column = 0;
    }
    out += text.substr(begin, end - begin);
    column += end - begin;
    begin = end;
  }
}

/// A name that needs no quotes: words of atom characters.
bool is_phrase(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_alnum(c) || c == ' ' || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
  });
}

}  // namespace

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  size_t column = name.size() + 2;
  if (can_fold(value, column))
    append_folded(out, value, column);
  else
    append_encoded(out, value, column);
  out += "\r\n";
}

void append_mailbox(std::string& out, std::string_view name, std::string_view owner, std::string_view address) {
  out.append(name).append(": ");
  size_t column = name.size() + 2;
  if (owner.empty()) {
    out.append(address).append("\r\n");
    return;
  }
  constexpr size_t quoted_max = 56;  // fits behind the longest of the field names even when every character is escaped
  if (!is_printable_ascii(owner) || owner.size() > quoted_max || owner.find("=?") != std::string_view::npos) {
    column = append_encoded(out, owner, column);
  } else if (is_phrase(owner)) {
    out += owner;
    column += owner.size();
  } else {
    size_t before = out.size();
    out += '"';
    for (char c : owner) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
    column += out.size() - before;
  }
  if (column + address.size() + 3 > limits::header_line_wanted) out += "\r\n";
  out.append(" <").append(address).append(">\r\n");
}

void append_token(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_date(std::string& out, instant t) {
  constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = std::chrono::floor<std::chrono::days>(t);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(t - day)};
  fmt::format_to(std::back_inserter(out), "Date: {}, {} {} {:04} {:02}:{:02}:{:02} +0000\r\n",
                 weekdays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                 months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), time.hours().count(),
                 time.minutes().count(), time.seconds().count());
}

}  // namespace cartwheel::header
