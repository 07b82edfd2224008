#pragma once

#include "actors/campaign/campaign.hpp"
#include "app/config/shape.hpp"

#include <vector>

namespace cartwheel::config {

/// A list of amounts with their currencies, "10.00 EUR", one of a currency.
shape<std::vector<least_value>> amounts();

}  // namespace cartwheel::config
