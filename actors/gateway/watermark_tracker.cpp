#include "actors/gateway/watermark_tracker.hpp"

#include <algorithm>

namespace cartwheel {

void watermark_tracker::restart(options o, instant started) {
  options_ = o;
  started_ = started;
  if (shops_.empty()) return;  // heard nobody: whoever was expected is expected still
  expected_.clear();
  for (const auto& [name, _] : shops_) expected_.insert(name);
  shops_.clear();
}

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
  if (now >= started_ + options_.hold) return false;
  return !std::ranges::all_of(expected_, [&](const std::string& name) { return shops_.contains(name); });
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

void watermark_tracker::save(byte_writer& to) const {
  to.signed_number(options_.lag.count());
  to.signed_number(options_.silence.count());
  to.signed_number(options_.hold.count());
  to.time(started_);
  to.number(expected_.size());
  for (const auto& name : expected_) to.text(name);
  to.number(shops_.size());
  for (const auto& [name, s] : shops_) {
    to.text(name);
    to.time(s.newest);
    to.time(s.heard);
  }
}

void watermark_tracker::load(byte_reader& from) {
  options_.lag = milliseconds{from.signed_number()};
  options_.silence = milliseconds{from.signed_number()};
  options_.hold = milliseconds{from.signed_number()};
  started_ = from.time();
  for (auto n = from.number(); n > 0; --n) expected_.emplace(from.text());
  for (auto n = from.number(); n > 0; --n) {
    auto& s = shops_[std::string{from.text()}];
    s.newest = from.time();
    s.heard = from.time();
  }
}

}  // namespace cartwheel
