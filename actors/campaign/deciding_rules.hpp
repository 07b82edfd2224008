#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/country_law.hpp"
#include "actors/campaign/policy_settings.hpp"

namespace cartwheel {

/// All of a configuration that decides. It stands in the log: what is read again was decided by the rules of then
/// (docs/decisions/0013-the-configuration-in-the-log.md).
struct deciding_rules {
  campaign_settings campaign;
  shop_directory shops;
  policy_settings policy;
  country_laws laws;  // asked where policy.by_country
  friend bool operator==(const deciding_rules&, const deciding_rules&) = default;
};

}  // namespace cartwheel
