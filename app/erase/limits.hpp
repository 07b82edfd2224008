#pragma once

#include "runtime/base/time.hpp"

#include <cstddef>

namespace cartwheel::limits {

/// Erasures carried out in one run: bounds what is known of their persons meanwhile (about 1 KB each). More of them wait
/// for the next run, which follows at once.
constexpr size_t erasures_at_once = 10'000;

/// How often it is looked whether a run is due, or can go on.
constexpr auto erasure_look_every = std::chrono::milliseconds{250};

/// After a run that failed for another reason than the disk: a person has to look at the log first.
constexpr auto erasure_retry_after = std::chrono::minutes{10};

/// The scheduling priority (nice) of the thread that reads and rewrites: whoever serves shoppers goes first.
constexpr int erasure_niceness = 15;

}  // namespace cartwheel::limits
