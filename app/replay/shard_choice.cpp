#include "app/replay/shard_choice.hpp"

#include "app/replay/limits.hpp"
#include "runtime/base/limits.hpp"

#include <algorithm>

namespace cartwheel {

uint16_t shards_for(std::span<const event> first, uint16_t cores) {
  size_t epochs = 0;
  instant tick = before_all;
  for (const auto& e : first) {
    if (e.time <= tick) continue;
    tick = tick_of(e.time);
    ++epochs;
  }
  if (first.size() < epochs * limits::replay_events_to_share) return 1;
  return static_cast<uint16_t>(std::min<size_t>(size_t{cores} + 1, limits::shards_max));
}

}  // namespace cartwheel
