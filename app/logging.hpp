#pragma once

#include <string>
#include <vector>

namespace cartwheel {

/// The levels --log-level takes, from the most talkative to none.
const std::vector<std::string>& log_levels();

/// Sends spdlog's default logger to stderr from `level` on, coloured on a terminal only (and not when NO_COLOR is set).
/// Bounds: one of log_levels().  Runs on: main, before anything else logs.
void set_up_logging(const std::string& level);

}  // namespace cartwheel
