#pragma once

#include <cstddef>

namespace cartwheel::limits {

/// Entries that wait to be written to the history, about 500 B each: a good part of a second at the highest rate. Above it
/// whoever adds waits, which in the end stops the gateway from reading.
constexpr size_t history_waiting_max = 64 * 1024;

/// Entries forgotten in one batch of the store.
constexpr size_t history_forgotten_at_once = 1024;

}  // namespace cartwheel::limits
