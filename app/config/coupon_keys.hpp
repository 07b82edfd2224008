#pragma once

#include "actors/coupon/coupon_terms.hpp"
#include "app/config/key.hpp"

#include <optional>
#include <string>

namespace cartwheel::config {

/// The keys of [coupon.NAME].
const keys<coupon_terms>& coupon_keys();

/// What is wrong with a pool's name; nothing when it is good.
std::optional<std::string> refuse_pool_name(const std::string& name);

/// A pool's name, or empty: none.
shape<std::string> pool_name();

}  // namespace cartwheel::config
