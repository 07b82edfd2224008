#include "transport/smtp/capabilities.hpp"

#include "transport/smtp/limits.hpp"

#include <algorithm>
#include <charconv>

namespace cartwheel::smtp {

namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string in_capitals(std::string_view word) {
  std::string out;
  std::transform(word.begin(), word.end(), std::back_inserter(out), upper);
  return out;
}

/// Takes the first word off a line, with the blanks in front of it.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

/// 0 for what is no number, or none that fits.
template <class Number>
Number number(std::string_view text) {
  Number n = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, n);
  return error == std::errc{} && stop == end ? n : 0;
}

/// Names of SASL mechanisms are 1 to 20 of A-Z, 0-9, '-' and '_' (RFC 4422 section 3.1); others are not taken in.
void take_mechanism(capabilities& c, std::string_view word) {
  auto name = in_capitals(word);
  const bool good = !name.empty() && name.size() <= 20 && std::all_of(name.begin(), name.end(), [](char x) {
    return (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '-' || x == '_';
  });
  if (good && !c.offers(name) && c.auth.size() < limits::auth_mechanisms_max) c.auth.push_back(std::move(name));
}

void take_limit(capabilities& c, std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) return;
  const auto name = in_capitals(word.substr(0, equals));
  const auto most = number<uint32_t>(word.substr(equals + 1));
  if (name == "MAILMAX") c.mail_max = most;
  if (name == "RCPTMAX") c.rcpt_max = most;
  if (name == "RCPTDOMAINMAX") c.rcpt_domain_max = most;
}

void take(capabilities& c, std::string_view line) {
  auto keyword = in_capitals(next_word(line));
  // "AUTH=LOGIN PLAIN": drafts before RFC 2554, still announced beside or instead of "AUTH LOGIN PLAIN".
  if (keyword.starts_with("AUTH=")) {
    take_mechanism(c, std::string_view{keyword}.substr(5));
    keyword = "AUTH";
  }
  if (keyword == "PIPELINING") c.pipelining = true;
  if (keyword == "8BITMIME") c.eight_bit_mime = true;
  if (keyword == "SMTPUTF8") c.smtp_utf8 = true;
  if (keyword == "ENHANCEDSTATUSCODES") c.enhanced_status_codes = true;
  if (keyword == "CHUNKING") c.chunking = true;
  if (keyword == "DSN") c.dsn = true;
  if (keyword == "STARTTLS") c.starttls = true;
  if (keyword == "SIZE") {
    c.size = true;
    // "SIZE", "SIZE 0" and a number we cannot read all mean: no limit told.
    c.size_max = number<uint64_t>(next_word(line));
  }
  if (keyword == "AUTH")
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) take_mechanism(c, word);
  if (keyword == "LIMITS")
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) take_limit(c, word);
}

}  // namespace

bool capabilities::offers(std::string_view mechanism) const {
  return std::find(auth.begin(), auth.end(), mechanism) != auth.end();
}

capabilities announced(const reply& ehlo) {
  capabilities found;
  std::string_view rest = ehlo.text;
  for (auto newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
    rest.remove_prefix(newline + 1);
    take(found, rest.substr(0, rest.find('\n')));
  }
  return found;
}

}  // namespace cartwheel::smtp
