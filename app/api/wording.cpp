#include "app/api/wording.hpp"

#include "actors/event/money.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace cartwheel {

std::string rfc3339(instant t) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  auto fraction = (t - seconds).count();
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())),
                     fraction);
}

std::optional<std::string> decimal_amount(int64_t minor, const currency_code& currency) {
  if (minor < 0) return std::nullopt;
  int digits = currency.given() ? minor_digits(currency.text()).value_or(2) : 2;
  if (digits == 0) return fmt::format("{}", minor);
  int64_t one = 1;
  for (int i = 0; i < digits; ++i) one *= 10;
  return fmt::format("{}.{:0{}}", minor / one, minor % one, digits);
}

}  // namespace cartwheel
