#pragma once

#include "actors/campaign/campaign.hpp"
#include "app/config/key.hpp"

namespace cartwheel::config {

/// The keys of [campaign.cart], and of the other campaigns.
const keys<campaign_settings>& campaign_keys();
const keys<series_settings>& checkout_keys();
const keys<series_settings>& unpaid_keys();
const keys<series_settings>& after_purchase_keys();
const keys<browse_settings>& browse_keys();
const keys<series_settings>& stock_keys();
const keys<price_settings>& price_keys();

/// The keys of one element of its `steps`.
const keys<campaign_step>& step_keys();

}  // namespace cartwheel::config
