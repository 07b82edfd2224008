#pragma once

#include <chrono>
#include <cstddef>

/// The bounds of coupon codes.
namespace cartwheel::limits {

/// One code: what a person types, or a link carries.
constexpr size_t coupon_code_bytes_max = 64;

/// Of a pool, a label of the metrics and of a step.
constexpr size_t coupon_pool_bytes_max = 32;

/// Pools of a configuration: each has five lines on /metrics.
constexpr size_t coupon_pools_max = 100;

/// Codes that are not used up, over all pools, 240 B each: they go into a snapshot between two epochs, which takes 0.2 to
/// 0.5 us a code (docs/decisions/0021-coupons.md).
constexpr size_t coupon_codes_max = 100'000;

/// A code without an end that was sent counts as unused after this long, so that what is kept of it has one.
constexpr std::chrono::days coupon_watched_max{366};

}  // namespace cartwheel::limits
