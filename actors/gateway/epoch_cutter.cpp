#include "actors/gateway/epoch_cutter.hpp"

#include <algorithm>

namespace cartwheel {

epoch& epoch_cutter::current() {
  if (!open_) {
    open_ = std::make_shared<epoch>(shards_);
    number_ = epoch_number{count(number_) + 1};
    open_->number = number_;
  }
  return *open_;
}

void epoch_cutter::take(const std::shared_ptr<const event_batch>& batch, position end) {
  const auto& events = batch->events;
  for (size_t first = 0; first < events.size();) {
    instant tick = std::max(tick_, tick_of(events[first].time));
    if (tick > tick_) {
      // Whatever was due before this tick is decided now, with all the events of the ticks before.
      if (tick_ != before_all) emit(tick - tick_length, false);
      tick_ = tick;
    }
    size_t last = first;
    for (; last < events.size() && events[last].time <= tick_; ++last) {
      if (events[last].time < newest_) ++late_;
      newest_ = std::max(newest_, events[last].time);
    }
    auto& e = current();
    e.batches.push_back(batch);
    if (last == events.size()) e.end = end;  // the record is worked off with its last part
    ignored_ += router_.deal(*batch, first, last, e);
    first = last;
  }
}

void epoch_cutter::finish(bool drain) {
  if (newest_ == before_all) return;
  emit(drain ? never : last_tick(newest_), drain);
}

void epoch_cutter::emit(instant decide_until, bool drain) {
  auto& e = current();
  e.now = newest_;
  e.decide_until = decide_until;
  e.drain = drain;
  out_(std::exchange(open_, nullptr));
}

}  // namespace cartwheel
