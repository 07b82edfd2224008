#include "actors/event/wellformed.hpp"

#include "actors/event/limits.hpp"
#include "actors/event/text.hpp"
#include "actors/event/time_zone.hpp"

#include <unicode/uloc.h>

#include <algorithm>
#include <bitset>
#include <string>

namespace cartwheel::wellformed {

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alpha(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
bool all(std::string_view text, bool (*is)(char)) { return std::all_of(text.begin(), text.end(), is); }

// Hands out a tag's parts between hyphens; an empty part where two hyphens meet.
class subtags {
 public:
  explicit subtags(std::string_view tag) : rest_{tag} { next(); }
  bool done() const { return done_; }
  std::string_view now() const { return now_; }
  void next() {
    if (last_) {
      done_ = true;
      now_ = {};
      return;
    }
    size_t hyphen = rest_.find('-');
    now_ = rest_.substr(0, hyphen);
    last_ = hyphen == rest_.npos;
    if (!last_) rest_.remove_prefix(hyphen + 1);
  }
  // Passes over the parts `fits` holds for, at most `count`; says how many.
  template <class Fits>
  size_t take(size_t count, Fits fits) {
    size_t taken = 0;
    for (; taken < count && !done_ && fits(now_); ++taken) next();
    return taken;
  }

 private:
  std::string_view rest_;
  std::string_view now_;
  bool last_ = false;
  bool done_ = false;
};

constexpr size_t any_number = SIZE_MAX;

bool private_use(subtags& tag) {
  auto is_x = [](std::string_view s) { return s == "x" || s == "X"; };
  if (tag.take(1, is_x) == 0) return true;
  return tag.take(any_number, [](std::string_view s) { return !s.empty() && s.size() <= 8 && all(s, is_alnum); }) > 0;
}

size_t country_index(std::string_view code) {
  return static_cast<size_t>(code[0] - 'A') * 26 + static_cast<size_t>(code[1] - 'A');
}

std::bitset<26 * 26> countries() {
  std::bitset<26 * 26> known;
  known.set(country_index("XK"));
  for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) {
    std::string_view text{*code};
    if (text.size() == 2 && all(text, is_upper)) known.set(country_index(text));
  }
  return known;
}

}  // namespace

bool locale(std::string_view text) {
  if (text.size() > limits::locale_bytes_max) return false;
  subtags tag{text};
  auto alphas = [](size_t from, size_t to) {
    return [=](std::string_view s) { return s.size() >= from && s.size() <= to && all(s, is_alpha); };
  };
  if (tag.now() == "x" || tag.now() == "X") return private_use(tag) && tag.done();
  size_t language = tag.now().size();
  if (tag.take(1, alphas(2, 8)) == 0) return false;
  if (language <= 3) tag.take(3, alphas(3, 3));  // extlang
  tag.take(1, alphas(4, 4));                     // script
  tag.take(1, [](std::string_view s) {           // region
    return (s.size() == 2 && all(s, is_alpha)) || (s.size() == 3 && all(s, is_digit));
  });
  tag.take(any_number, [](std::string_view s) {  // variants
    if (!all(s, is_alnum)) return false;
    return (s.size() >= 5 && s.size() <= 8) || (s.size() == 4 && is_digit(s[0]));
  });
  auto is_singleton = [](std::string_view s) { return s.size() == 1 && is_alnum(s[0]) && s != "x" && s != "X"; };
  while (tag.take(1, is_singleton) == 1) {  // extensions
    auto part = [](std::string_view s) { return s.size() >= 2 && s.size() <= 8 && all(s, is_alnum); };
    if (tag.take(any_number, part) == 0) return false;
  }
  return private_use(tag) && tag.done();
}

bool time_zone(std::string_view text) { return time_zone_code::of(text).given(); }

bool country(std::string_view text) {
  static const auto known = countries();
  return text.size() == 2 && all(text, is_upper) && known.test(country_index(text));
}

bool phone(std::string_view text) {
  if (text.size() < 3 || text.size() > 1 + limits::phone_digits_max || text[0] != '+' || text[1] == '0') return false;
  return all(text.substr(1), is_digit);
}

bool https_url(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  if (text.size() <= scheme.size()) return false;
  for (size_t i = 0; i < scheme.size(); ++i) {
    char lower = is_upper(text[i]) ? static_cast<char>(text[i] | 0x20) : text[i];
    if (lower != scheme[i]) return false;
  }
  constexpr std::string_view no_host = "/?#:";
  if (no_host.find(text[scheme.size()]) != no_host.npos || text.find(' ') != text.npos) return false;
  auto content = inspect_text(text);
  return content == text_content::printable_ascii || content == text_content::utf8;
}

}  // namespace cartwheel::wellformed
