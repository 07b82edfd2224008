#include "transport/smtp/capabilities.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace cartwheel::smtp {

namespace {

bool same_word(std::string_view a, std::string_view upper) {
  return a.size() == upper.size() && std::equal(a.begin(), a.end(), upper.begin(), [](char x, char y) {
           return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
         });
}

void take(capabilities& c, std::string_view line) {
  const auto space = std::min(line.find(' '), line.size());
  const auto keyword = line.substr(0, space);
  if (same_word(keyword, "PIPELINING")) c.pipelining = true;
  if (same_word(keyword, "CHUNKING")) c.chunking = true;
  if (same_word(keyword, "DSN")) c.dsn = true;
  if (same_word(keyword, "8BITMIME")) c.eight_bit_mime = true;
  if (same_word(keyword, "SMTPUTF8")) c.smtp_utf8 = true;
  if (same_word(keyword, "ENHANCEDSTATUSCODES")) c.enhanced_status_codes = true;
  if (same_word(keyword, "SIZE")) {
    c.size = true;
    const auto parameter = line.substr(std::min(space + 1, line.size()));
    // "SIZE", "SIZE 0" and a number we cannot read all mean: no limit told.
    uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), bytes);
    c.size_max = error == std::errc{} ? bytes : 0;
  }
}

}  // namespace

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
