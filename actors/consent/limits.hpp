#pragma once

#include "runtime/base/time.hpp"

#include <cstddef>

/// The bounds of what is held against an address.
namespace cartwheel::limits {

/// Full mailboxes empty again: so many mails refused for want of room within this time suppress the address, for as long.
/// Source: common practice of mailing services.
constexpr size_t quota_strikes_max = 3;
constexpr milliseconds quota_window = std::chrono::days{30};

/// Paid orders that are remembered of one address, as many as recorded ones of a person (actors/person/limits.hpp).
constexpr size_t sales_of_an_address_max = 64;

/// Entries of a shard beneath which nobody looks for those that have run out.
constexpr size_t suppressions_swept_from = 1024;

}  // namespace cartwheel::limits
