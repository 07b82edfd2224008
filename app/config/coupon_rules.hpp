#pragma once

#include "app/config/document.hpp"
#include "app/config/settings.hpp"

#include <vector>

namespace cartwheel::config {

/// What pools say beside themselves, and steps that name one that is not there. Each problem stands at what was written.
/// A key that stands in `known` is passed over: its value is not what was written.
std::vector<problem> broken_coupon_rules(const settings& all, const document& written,
                                         const std::vector<problem>& known);

}  // namespace cartwheel::config
