#pragma once

#include "actors/campaign/policy_settings.hpp"
#include "app/config/key.hpp"

namespace cartwheel::config {

/// The keys of [policy].
const keys<policy_settings>& policy_keys();

}  // namespace cartwheel::config
