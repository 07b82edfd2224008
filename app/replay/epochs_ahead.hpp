#pragma once

#include <cstddef>
#include <deque>

namespace cartwheel {

/// How far a replay may be ahead of its shards: so many epochs, and of large ones as many as hold so many events.
class epochs_ahead {
 public:
  epochs_ahead(size_t epochs_max, size_t events_max) : epochs_max_{epochs_max}, events_max_{events_max} {}

  /// One more epoch is handed over. Gives: the epochs that may be under way before the next one is, this one counted; at
  /// least 1, so one epoch may be worked on while the next is made, however large they are.
  size_t add(size_t events);

 private:
  size_t epochs_max_, events_max_;
  std::deque<size_t> newest_;  // events of the epochs that may be under way
  size_t events_ = 0;          // their sum
};

}  // namespace cartwheel
