#include "app/config/coupon_keys.hpp"

#include "actors/coupon/coupon_code.hpp"
#include "actors/coupon/limits.hpp"
#include "app/config/amounts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cartwheel::config {
namespace {

constexpr milliseconds year = std::chrono::days{366};
constexpr milliseconds decade = std::chrono::days{3660};

bool is_pool_name(const std::string& name) {
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= limits::coupon_pool_bytes_max && std::ranges::all_of(name, good);
}

shape<std::string> code() {
  return text_that(
    [](const std::string& t) { return t.empty() || is_coupon_code(t) ? std::optional{t} : std::nullopt; },
    fmt::format("1 to {} visible ASCII characters without blanks, or empty", limits::coupon_code_bytes_max));
}

}  // namespace

std::optional<std::string> refuse_pool_name(const std::string& name) {
  if (is_pool_name(name)) return std::nullopt;
  return fmt::format("a pool's name must be 1 to {} of a-z, 0-9, '-' and '_': it labels metrics",
                     limits::coupon_pool_bytes_max);
}

shape<std::string> pool_name() {
  return text_that([](const std::string& t) { return t.empty() || is_pool_name(t) ? std::optional{t} : std::nullopt; },
                   "the name of a pool `[coupon.NAME]`, or empty");
}

const keys<coupon_terms>& coupon_keys() {
  using part = coupon_terms;
  static const keys<part> all = {
    field("kind", &part::kind,
          one_of<incentive_kind>({{"percent", incentive_kind::percent},
                                  {"amount", incentive_kind::amount},
                                  {"free-shipping", incentive_kind::free_shipping}}),
          "What a code takes off the order: a share of it, an amount of money, or what delivery costs. It is what the "
          "mail says; the shop's own checkout must know the code and do so."),
    field("percent", &part::percent, integer<uint8_t>(0, 100), "The share, with `kind = \"percent\"`."),
    field("amount", &part::amount, amounts(),
          "The amount, with `kind = \"amount\"`, one of a currency: a cart in another gets no code."),
    field("code", &part::code, code(),
          "One code for everybody. Empty: each mail gets a code of its own, of those that `cartwheel import` has "
          "brought in."),
    field("valid", &part::valid, duration(0s, year),
          "So long behind the mail a code holds, as the mail says; a code that expires earlier, until then. `0s`: "
          "until the code expires, if ever. The shop's system must take it for as long."),
    field("at_least", &part::at_least, duration(24h, year),
          "A code that expires sooner is not given any more, and a mail that waited until its code is that near its "
          "end gets another one."),
    field("cooldown", &part::cooldown, duration(0s, decade),
          "Whoever had a code of any pool gets none of this one for so long, used or not: waiting for discounts does "
          "not pay. Their mail goes without."),
    field("min_value", &part::min_value, amounts(),
          "The least a cart must be worth, by currency, and what mails say an order must be worth; carts in other "
          "currencies, or whose worth is not known, get no code. Empty: any cart gets one."),
    field("when_empty", &part::refuse_when_empty, one_of<bool>({{"without", false}, {"refuse", true}}),
          "When no code is left: the mail goes without one, or there is no mail (`out_of_stock`)."),
  };
  return all;
}

}  // namespace cartwheel::config
