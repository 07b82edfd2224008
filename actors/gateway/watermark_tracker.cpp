#include "actors/gateway/watermark_tracker.hpp"

#include <algorithm>

namespace cartwheel {

void watermark_tracker::note(const event_batch& batch, instant received) {
  std::map<std::string, shop, std::less<>>::iterator last = shops_.end();
  for (const auto& e : batch.events) {
    // Batches are mostly of one shop: look it up once.
    if (last == shops_.end() || last->first != e.shop) {
      last = shops_.find(e.shop);
      if (last == shops_.end() && shops_.size() < shops_max) last = shops_.emplace(e.shop, shop{}).first;
      if (last == shops_.end()) continue;
    }
    last->second.newest = std::max(last->second.newest, e.time);
    last->second.heard = std::max(last->second.heard, received);
  }
}

bool watermark_tracker::holding(instant now) const {
  if (options_.hold <= 0ms || now >= started_ + options_.hold) return false;
  if (options_.expected.empty()) return true;  // nobody knows whom to wait for
  return !std::all_of(options_.expected.begin(), options_.expected.end(),
                      [&](const std::string& name) { return shops_.contains(name); });
}

std::shared_ptr<const watermarks> watermark_tracker::at(instant now) const {
  auto marks = std::make_shared<watermarks>();
  marks->others = now;
  for (const auto& [name, s] : shops_) {
    instant mark = silent(s, now) ? now : std::min(now, s.newest - options_.lag);
    marks->shops.emplace(name, mark);
    // Shops beyond the bound are not told apart: they wait for the slowest.
    if (shops_.size() >= shops_max) marks->others = std::min(marks->others, mark);
  }
  return marks;
}

milliseconds watermark_tracker::lag(instant now) const {
  milliseconds longest{0};
  for (const auto& [_, s] : shops_)
    if (!silent(s, now)) longest = std::max(longest, now - s.newest);
  return longest;
}

std::set<std::string> watermark_tracker::heard() const {
  std::set<std::string> names;
  for (const auto& [name, _] : shops_) names.insert(name);
  return names;
}

}  // namespace cartwheel
