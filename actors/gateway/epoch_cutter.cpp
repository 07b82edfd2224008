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

void epoch_cutter::take(const std::shared_ptr<const event_batch>& batch, position at,
                        const std::vector<const event*>& failed_before, size_t from) {
  const auto& events = batch->events;
  for (size_t first = from; first < events.size();) {
    instant tick = std::max(tick_, tick_of(events[first].time));
    if (tick > tick_) {
      // Whatever was due before this tick is decided now, with all the events of the ticks before.
      if (tick_ != before_all) emit(tick - tick_length, false, at, first);
      tick_ = tick;
    }
    size_t last = first;
    for (; last < events.size() && events[last].time <= tick_; ++last) {
      if (events[last].time < newest_) ++late_;
      newest_ = std::max(newest_, events[last].time);
    }
    auto& e = current();
    e.batches.push_back({batch, at});
    e.failed_before.insert(e.failed_before.end(), failed_before.begin(), failed_before.end());
    ignored_ += router_.deal(*batch, first, last, e);
    first = last;
  }
}

void epoch_cutter::finish(bool drain) {
  if (newest_ == before_all) return;
  emit(drain ? never : last_tick(newest_), drain);
}

void epoch_cutter::emit(instant decide_until, bool drain, position resume, size_t resume_index) {
  auto& e = current();
  e.resume = resume;
  e.resume_index = resume_index;
  e.now = newest_;
  e.decide_until = decide_until;
  e.drain = drain;
  out_(std::exchange(open_, nullptr));
}

}  // namespace cartwheel
