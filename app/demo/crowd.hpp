#pragma once

#include "app/demo/dice.hpp"
#include "app/demo/story.hpp"

#include <vector>

namespace cartwheel {

/// A crowd of made-up shoppers on a shopping day: they look, fill carts, take out, log in, order, and mostly walk away, as
/// often and as fast as recorded ones (app/demo/shares.hpp).
/// Shape: events come in order of time, those of one shopper in their order; about 1 % are sent twice, with one event_id.
/// Bounds: holds the shoppers whose stories have begun and not ended.  Cost: about a microsecond an event.
/// Errors: std::invalid_argument for options that make no crowd (no shop, a share outside 0..1, no time).
class crowd {
 public:
  explicit crowd(crowd_options options);

  /// The next event; null after the last one. It is valid until the next call.
  const gateway_event* next();

  /// Shoppers who have come and not yet done their last thing.
  size_t active() const { return waiting_.size(); }
  /// Shoppers who have come.
  uint64_t arrived() const { return arrived_; }

 private:
  /// A shopper's next step; the smallest (time, number) is next.
  struct turn {
    instant time;
    uint64_t number;
    size_t seat;  // into stories_
    size_t step;
  };
  static bool later(const turn& a, const turn& b);

  void admit();
  void draw_arrival();
  instant moment_of(double part);

  crowd_options options_;
  dice arrivals_;
  std::vector<double> arrived_by_hour_;  // sums of shares::hour_of_day over the hours since start, up to 1
  size_t hour_ = 0;
  double part_arrived_ = 0;
  uint64_t arrived_ = 0;
  instant arrival_{};  // of the next shopper, if any is still to come
  std::vector<story> stories_;
  std::vector<size_t> free_seats_;
  std::vector<turn> waiting_;  // a heap
  gateway_event event_;
  bool again_ = false;
};

}  // namespace cartwheel
