#pragma once

#include "actors/shard/shard_metrics.hpp"
#include "actors/shard/shard_observer.hpp"
#include "app/config/settings.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cartwheel {

/// What a replay did.
struct replay_summary {
  std::array<std::array<uint64_t, event_result_count>, event_kind_count> events{};
  uint64_t late = 0;       // dated before one that came earlier
  uint64_t carts = 0;      // opened
  uint64_t abandoned = 0;  // whose first step came up, once a cycle
  uint64_t open = 0;       // at the end
  std::map<std::pair<decision_outcome, reason>, uint64_t> decisions;
  uint64_t recovered = 0;
  uint64_t cart_failures = 0;
  instant begin = never;
  instant end = before_all;
  std::vector<std::string> refusals;  // the first few, each with its place
  uint64_t refusals_not_shown = 0;
  double seconds = 0;  // of real time

  uint64_t total(event_result result) const;
};

/// Runs recorded events through the engine on the virtual clock. `decide` gets the decision lines, ordered by (time, shop,
/// cart_id, step), once at the end.
/// Errors: exceptions naming the file when one cannot be read.
replay_summary run_replay(const std::vector<std::string>& files, const settings& config, bool drain,
                          const std::function<void(const std::vector<decision_line>&)>& decide);

}  // namespace cartwheel
