#include "actors/mailer/relay_choice.hpp"

#include <algorithm>

namespace cartwheel {

relay_choice::relay_choice(const std::vector<relay>& relays) {
  for (const auto& r : relays) relays_.push_back({r});
}

void relay_choice::set_healthy(size_t which, bool healthy) {
  auto& mine = relays_[which];
  if (healthy && !mine.healthy) {
    // What went elsewhere meanwhile is not made up for.
    for (const auto& other : relays_)
      if (other.healthy && other.setting.priority == mine.setting.priority)
        mine.served = std::max(mine.served, other.served);
  }
  mine.healthy = healthy;
}

bool relay_choice::eligible(size_t which) const {
  const auto& mine = relays_[which];
  return std::none_of(relays_.begin(), relays_.end(), [&](const state& other) {
    return other.healthy && other.setting.priority < mine.setting.priority;
  });
}

bool relay_choice::may_pull(size_t which) {
  auto& mine = relays_[which];
  const bool yes = eligible(which) && std::none_of(relays_.begin(), relays_.end(), [&](const state& other) {
                     return &other != &mine && other.waiting && other.healthy &&
                            other.setting.priority == mine.setting.priority && other.served < mine.served;
                   });
  mine.waiting = !yes;
  return yes;
}

void relay_choice::pulled(size_t which) { relays_[which].served += 1.0 / relays_[which].setting.weight; }

std::vector<size_t> relay_choice::to_wake() {
  std::vector<size_t> found;
  for (size_t i = 0; i < relays_.size(); ++i)
    if (relays_[i].waiting && eligible(i)) found.push_back(i);
  std::stable_sort(found.begin(), found.end(),
                   [&](size_t a, size_t b) { return relays_[a].served < relays_[b].served; });
  for (const auto i : found) relays_[i].waiting = false;
  return found;
}

}  // namespace cartwheel
