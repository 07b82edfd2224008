#pragma once

#include <cstddef>

namespace cartwheel::limits {

/// Entries that wait to be written to the history, about 500 B each (evidence of a consent up to 3.5 KB): a good part of a
/// second at the highest rate. Above it whoever adds waits, which in the end stops the gateway from reading.
constexpr size_t history_waiting_max = 64 * 1024;

/// Entries written in one go: a reader waits for no more than these before it can write what else it needs itself.
constexpr size_t history_written_at_once = 1024;

/// The scheduling priority (nice) of the thread that writes the history: on a busy machine it waits, and events do not.
constexpr int history_niceness = 10;

/// What proves consents of one address or customer. Said again without a change it is not kept again, so that somebody with
/// a link from a mail fills nothing; a shop that has more to say loses the oldest.
constexpr size_t evidence_of_one_max = 1000;

/// Decisions that are read and not wanted before a filtered page ends early and says where to go on: a quarter of a second.
constexpr size_t history_passed_over_max = 200'000;

/// Entries forgotten in one go.
constexpr size_t history_forgotten_at_once = 1024;

}  // namespace cartwheel::limits
