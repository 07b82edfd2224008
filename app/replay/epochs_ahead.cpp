#include "app/replay/epochs_ahead.hpp"

namespace cartwheel {

size_t epochs_ahead::add(size_t events) {
  newest_.push_back(events);
  events_ += events;
  while (newest_.size() > 1 && (newest_.size() > epochs_max_ || events_ > events_max_)) {
    events_ -= newest_.front();
    newest_.pop_front();
  }
  return newest_.size();
}

}  // namespace cartwheel
