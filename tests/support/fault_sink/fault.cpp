#include "tests/support/fault_sink/fault.hpp"

#include <charconv>
#include <regex>

namespace cartwheel::fault_sink {

namespace {

using match = std::match_results<std::string_view::const_iterator>;

// A word ends where a dot, a plus or the text does: an enhanced code has dots of its own.
const std::regex& word_form() {
  static const std::regex form{
    "(?:(no-swallow|stop-reading)|(banner|ehlo|mail|rcpt|data|content|early|bdat|dot|rset|quit)-(?:"
    "([2-5][0-9][0-9])(?:-([245]\\.[0-9]{1,3}\\.[0-9]{1,3}))?(-kept)?|(wait|text)-([0-9]{1,7})|(drop|rst|silent)(-lost)"
    "?|(stop)"
    "))(?=[.+]|$)"};
  return form;
}

where place_named(std::string_view name) {
  if (name == "banner") return where::banner;
  if (name == "ehlo") return where::ehlo;
  if (name == "mail") return where::mail;
  if (name == "rcpt") return where::rcpt;
  if (name == "data") return where::data;
  if (name == "bdat") return where::bdat;
  if (name == "dot") return where::dot;
  if (name == "rset") return where::rset;
  if (name == "quit") return where::quit;
  return where::content;  // content, early
}

template <class Number>
bool read(std::string_view text, Number& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc{} && end == text.data() + text.size();
}

fault fault_of(const match& m) {
  fault f;
  if (m[1].matched) {
    const bool stop = m[1] == "stop-reading";
    f.at = stop ? where::content : where::bdat;
    f.does = stop ? action::stop_reading : action::no_swallow;
    return f;
  }
  f.at = place_named(m[2].str());
  if (m[3].matched) {
    f.does = action::answer;
    f.code = std::stoi(m[3].str());
    f.enhanced = m[4].str();
    if (m[5].matched) f.keep = true;
  } else if (m[6].matched) {
    f.does = m[6] == "wait" ? action::wait : action::text;
    f.amount = static_cast<uint32_t>(std::stoul(m[7].str()));
  } else if (m[8].matched) {
    f.does = m[8] == "drop" ? action::drop : m[8] == "rst" ? action::rst : action::silent;
    f.keep = !m[9].matched;
  } else {
    f.does = action::stop_reading;
  }
  return f;
}

}  // namespace

std::optional<fault> fault_named(std::string_view word) {
  match m;
  if (!std::regex_match(word.begin(), word.end(), m, word_form())) return std::nullopt;
  return fault_of(m);
}

std::vector<fault> faults_in(std::string_view address) {
  auto local = address.substr(0, address.rfind('@'));
  std::vector<fault> found;
  if (local.find('-') == std::string_view::npos) return found;
  if (const auto plus = local.find('+'); plus != std::string_view::npos) local.remove_prefix(plus + 1);
  while (!local.empty()) {
    match m;
    size_t taken = local.find_first_of(".+");
    if (std::regex_search(local.begin(), local.end(), m, word_form(), std::regex_constants::match_continuous)) {
      found.push_back(fault_of(m));
      taken = static_cast<size_t>(m.length(0));
    }
    local.remove_prefix(taken == std::string_view::npos ? local.size() : std::min(taken + 1, local.size()));
  }
  return found;
}

std::optional<standing_fault> standing_fault_named(std::string_view text) {
  const auto at = text.find('@');
  const auto what = fault_named(text.substr(0, at));
  if (!what) return std::nullopt;
  standing_fault s;
  s.what = *what;
  auto rest = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  if (at != std::string_view::npos && rest.empty()) return std::nullopt;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto key = pair.substr(0, equals), value = pair.substr(equals + 1);
    const bool known = (key == "every" && read(value, s.every) && s.every > 0) ||
                       (key == "nth" && read(value, s.nth) && s.nth > 0) || (key == "after" && read(value, s.after)) ||
                       (key == "percent" && read(value, s.percent) && s.percent >= 0 && s.percent <= 100);
    if (!known) return std::nullopt;
  }
  return s;
}

}  // namespace cartwheel::fault_sink
