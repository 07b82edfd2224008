#pragma once

#include "actors/gateway/history.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cartwheel {

/// What GET /v1/decisions is asked for: parameters `shop`, `reason`, `outcome`, `since` and `from`, each once.
struct asked_decisions {
  decision_filter filter;
  std::string error;  // not empty: a parameter is wrong, in words that name it
};
asked_decisions decisions_asked(std::span<const std::pair<std::string, std::string>> query);

/// A page as clients name it, in hexadecimal digits: what it stands for is the store's.
std::string page_name(std::string_view next);

/// A moment in a parameter or on the command line: RFC 3339, or Unix milliseconds.
std::optional<instant> moment_asked(std::string_view text);

}  // namespace cartwheel
