#pragma once

#include "app/config/document.hpp"
#include "app/config/settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel::config {

/// One rule and the keys it is about; the first one names it. `broken` says what is wrong and what would do.
struct rule {
  std::vector<path> keys;
  std::function<std::optional<std::string>(const settings&, const table& written)> broken;
};

/// What no key can say alone: each broken rule is one problem, at the last written of the keys it is about. A rule about
/// a key that stands in `known` is not asked: its value is not what was written.
std::vector<problem> broken_rules(const settings& all, const document& written, const std::vector<problem>& known);

}  // namespace cartwheel::config
