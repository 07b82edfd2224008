#include "transport/smtp/reply_parser.hpp"

#include "transport/smtp/limits.hpp"

#include <algorithm>

namespace cartwheel::smtp {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

std::string_view last_of(std::string_view text) {
  const auto newline = text.rfind('\n');
  return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

/// The length of `class.subject.detail` at the front of `text`: one digit, then twice one to three (RFC 3463 section 2).
size_t enhanced_length(std::string_view text) {
  if (text.size() < 5 || text[1] != '.' || !(text[0] == '2' || text[0] == '4' || text[0] == '5')) return 0;
  size_t at = 2;
  for (int part = 0; part < 2; ++part) {
    const auto begin = at;
    while (at < text.size() && digit(text[at])) ++at;
    if (at == begin || at - begin > 3) return 0;
    if (part == 0) {
      if (at == text.size() || text[at] != '.') return 0;
      ++at;
    }
  }
  return at == text.size() || text[at] == ' ' ? at : 0;
}

}  // namespace

std::string_view reply::enhanced() const {
  const auto line = last_of(text);
  const auto length = enhanced_length(line);
  if (length == 0 || line[0] - '0' != code / 100) return {};
  return line.substr(0, length);
}

std::string_view reply::last_line() const {
  auto line = last_of(text);
  line.remove_prefix(enhanced_length(line));
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

reply_parser::result reply_parser::parse(std::string_view& bytes) {
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const auto taken = std::min(newline == std::string_view::npos ? bytes.size() : newline + 1, bytes.size());
    size_ += taken;
    if (size_ > limits::reply_bytes_max) return result::too_long;
    if (newline == std::string_view::npos) {
      partial_.append(bytes);
      bytes = {};
      return result::more;
    }
    auto outcome = result::more;
    if (partial_.empty()) {
      outcome = line(bytes.substr(0, newline));
    } else {
      partial_.append(bytes.substr(0, newline));
      outcome = line(partial_);
      partial_.clear();
    }
    bytes.remove_prefix(taken);
    if (outcome != result::more) return outcome;
  }
  return result::more;
}

reply_parser::result reply_parser::line(std::string_view l) {
  if (l.ends_with('\r')) l.remove_suffix(1);
  // "250" without text is common (smtp-sink ends its EHLO reply with "250 " and nothing); a fourth character other than
  // a space or a hyphen is not SMTP, and guessing at its meaning could give a mail the wrong fate.
  if (l.size() < 3 || l[0] < '2' || l[0] > '5' || !digit(l[1]) || !digit(l[2])) return result::malformed;
  const bool goes_on = l.size() > 3 && l[3] == '-';
  if (l.size() > 3 && !goes_on && l[3] != ' ') return result::malformed;
  const int code = (l[0] - '0') * 100 + (l[1] - '0') * 10 + (l[2] - '0');
  if (inside_) {
    if (code != current_.code) return result::malformed;
    current_.text += '\n';
  } else {
    current_.code = code;
    current_.text.clear();
  }
  current_.text.append(l.substr(std::min<size_t>(l.size(), 4)));
  inside_ = goes_on;
  if (goes_on) return result::more;
  size_ = 0;
  return result::complete;
}

}  // namespace cartwheel::smtp
