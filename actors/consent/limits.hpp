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
/// A shopper who asks for fewer reminders gets one in this time at most.
constexpr milliseconds weekly_window = std::chrono::days{7};

/// A pause that a shopper or a shop asks for ends after this at the latest: who wants longer peace unsubscribes, and is
/// told so. Also how long a wish that is over is remembered, against older news that comes in late.
constexpr milliseconds pause_max = std::chrono::days{366};

/// Wishes of a shard beneath which nobody looks for those that are over.
constexpr size_t preferences_swept_from = 1024;

/// Entries of a shard beneath which nobody looks for those that have run out.
constexpr size_t suppressions_swept_from = 1024;

}  // namespace cartwheel::limits
