#include "actors/coupon/given_coupon.hpp"

#include "runtime/base/bytes.hpp"

#include <array>
#include <charconv>

namespace cartwheel {

namespace {

constexpr std::array<std::string_view, 5> lack_names{"none", "recently", "cart_too_small", "other_currency",
                                                     "pool_empty"};

std::optional<instant> moment(std::string_view text) {
  int64_t ms = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{from_unix_ms(ms)} : std::nullopt;
}

}  // namespace

std::string_view to_string(coupon_lack lack) { return lack_names[static_cast<size_t>(lack)]; }

void save(byte_writer& to, const given_coupon& c) {
  to.text(c.pool);
  to.text(c.code);
  to.time(c.given);
  to.time(c.until);
  to.one_of(c.lack);
}

given_coupon load_coupon(byte_reader& from) {
  given_coupon c;
  c.pool = from.text();
  c.code = from.text();
  c.given = from.time();
  c.until = from.time();
  c.lack = from.one_of(coupon_lack::pool_empty);
  return c;
}

/// "POOL CODE UNTIL", or "POOL LACK": neither a pool's name nor a code holds a blank.
std::string brief(const given_coupon& c) {
  if (!c.has_code()) return c.pool + ' ' + std::string{to_string(c.lack)};
  return c.pool + ' ' + c.code + ' ' + std::to_string(unix_ms(c.until));
}

std::optional<given_coupon> read_brief(std::string_view line) {
  const auto first = line.find(' ');
  if (first == line.npos || first == 0) return std::nullopt;
  given_coupon c;
  c.pool = line.substr(0, first);
  const auto rest = line.substr(first + 1);
  const auto second = rest.find(' ');
  if (second == rest.npos) {
    for (size_t i = 1; i < lack_names.size(); ++i) {
      if (rest != lack_names[i]) continue;
      c.lack = static_cast<coupon_lack>(i);
      return c;
    }
    return std::nullopt;
  }
  auto until = moment(rest.substr(second + 1));
  if (!until || second == 0) return std::nullopt;
  c.code = rest.substr(0, second);
  c.until = *until;
  return c;
}

}  // namespace cartwheel
