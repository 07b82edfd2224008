#pragma once

#include "app/commands.hpp"
#include "app/load/load_result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace cartwheel {

/// Called about every 50 ms while a run is under way, on the thread that called run_load.
using load_progress = std::function<void(uint64_t acked_events, std::chrono::steady_clock::time_point now)>;

/// Sends load and measures; returns when everything is acknowledged, every connection has ended, or SIGINT or SIGTERM came.
/// Shape: fewer connections than asked for when there are fewer carts or events.
/// Errors: std::invalid_argument for options that make no run, naming the option; a connection that fails is told in
/// `errors` of the result.
load_result run_load(const load_options& options, const load_progress& progress);

}  // namespace cartwheel
