#pragma once

#include "actors/campaign/campaign.hpp"
#include "app/config/key.hpp"

namespace cartwheel::config {

/// The keys of [campaign.cart].
const keys<campaign_settings>& campaign_keys();

/// The keys of one element of its `steps`.
const keys<campaign_step>& step_keys();

}  // namespace cartwheel::config
