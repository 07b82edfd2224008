#include "actors/mailer/sender_pauses.hpp"

#include "actors/mailer/limits.hpp"

#include <algorithm>

namespace cartwheel {

std::optional<instant> sender_pauses::refused(size_t relay, const std::string& shop, instant now) {
  auto& p = pairs_[{relay, shop}];
  if (++p.refusals < limits::sender_refusals_max || now < p.until) return std::nullopt;
  const auto doubled = limits::sender_pause_first * (int64_t{1} << std::min(p.pauses++, 16U));
  p.until = now + std::min<milliseconds>(doubled, limits::sender_pause_max);
  return p.until;
}

void sender_pauses::accepted(size_t relay, const std::string& shop) {
  if (!pairs_.empty()) pairs_.erase({relay, shop});
}

bool sender_pauses::paused(size_t relay, const std::string& shop, instant now) const {
  if (pairs_.empty()) return false;
  const auto found = pairs_.find({relay, shop});
  return found != pairs_.end() && now < found->second.until;
}

std::optional<instant> sender_pauses::next_end(instant now) const {
  std::optional<instant> first;
  for (const auto& [key, p] : pairs_)
    if (now < p.until && (!first || p.until < *first)) first = p.until;
  return first;
}

size_t sender_pauses::count(instant now) const {
  return static_cast<size_t>(
    std::count_if(pairs_.begin(), pairs_.end(), [&](const auto& p) { return now < p.second.until; }));
}

}  // namespace cartwheel
