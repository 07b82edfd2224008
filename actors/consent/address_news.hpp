#pragma once

#include "actors/event/address_key.hpp"
#include "runtime/base/time.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// What somebody says of an address: a relay's reply, a bounce, a complaint, an operator.
enum class address_news : uint8_t {
  none,
  hard_bounce,  // it does not exist, or takes no mail
  quota,        // it has no room
  complaint,    // its owner calls our mail unwanted
  lifted,       // an operator: it may be mailed again
};
constexpr size_t address_news_count = static_cast<size_t>(address_news::lifted) + 1;

/// As logs, answers and commands call it.
constexpr std::string_view to_string(address_news n) {
  constexpr std::array<std::string_view, address_news_count> names{"none", "hard_bounce", "quota", "complaint",
                                                                   "lifted"};
  return names[static_cast<size_t>(n)];
}

/// News that does not come with the outcome of a mail, on its way through the log.
struct news_of_address {
  address_key address;
  address_news what = address_news::none;
  instant mail = before_all;  // the reminder it is about was decided then; before_all: nobody knows
  bool by_operator = false;   // else a report that came in
  friend bool operator==(const news_of_address&, const news_of_address&) = default;
};

}  // namespace cartwheel
