#pragma once

#include "app/config/rules.hpp"

namespace cartwheel::config {

/// What the keys of one relay say together: who logs in, with what, and who could read along.
std::vector<rule> relay_rules(const std::string& name);

}  // namespace cartwheel::config
