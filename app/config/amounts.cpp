#include "app/config/amounts.hpp"

#include "actors/event/money.hpp"
#include "app/api/wording.hpp"
#include "app/config/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cartwheel::config {
namespace {

std::optional<least_value> parse_amount(const std::string& text) {
  const auto blank = text.find(' ');
  if (blank == std::string::npos || text.size() != blank + 4) return std::nullopt;
  const auto code = text.substr(blank + 1);
  const auto digits = minor_digits(code);
  const auto minor = digits ? parse_money(std::string_view{text}.substr(0, blank), *digits) : std::nullopt;
  if (!minor) return std::nullopt;
  return least_value{{{code[0], code[1], code[2]}}, *minor};
}

/// "10.00 EUR"
shape<std::string> amount() {
  return text_that([](const std::string& t) { return parse_amount(t) ? std::optional{t} : std::nullopt; },
                   "an amount and its currency like \"10.00 EUR\"");
}

}  // namespace

shape<std::vector<least_value>> amounts() {
  auto each = texts(amount(), limits::min_values_max);
  return {kind::list, each.allowed,
          [=](const value& v, const std::string& key) -> reading<std::vector<least_value>> {
            auto read = each.read(v, key);
            if (!read.value) return {{}, std::move(read.problems)};
            std::vector<least_value> all;
            for (size_t i = 0; i < read.value->size(); ++i) {
              auto one = *parse_amount((*read.value)[i]);
              if (std::ranges::find(all, one.currency, &least_value::currency) != all.end())
                return {
                  {},
                  {refused(v.elements()[i], fmt::format("{}[{}]", key, i), "names a currency again", "one of each")}};
              all.push_back(one);
            }
            return {std::move(all), {}};
          },
          [=](const std::vector<least_value>& all) {
            std::vector<std::string> out;
            for (const auto& one : all)
              out.push_back(fmt::format("{} {}", *decimal_amount(one.amount, one.currency), one.currency.text()));
            return each.print(out);
          }};
}

}  // namespace cartwheel::config
