#include "transport/smtp/connection_target.hpp"

#include "transport/smtp/limits.hpp"

#include <algorithm>

namespace cartwheel::smtp {

connection_target::connection_target(size_t most)
    : most_{std::max<size_t>(most, 1)}, threshold_{std::min(most_, limits::slow_start_connections)} {}

void connection_target::answered(std::chrono::nanoseconds waited) {
  if (waits_.size() < limits::replies_remembered)
    waits_.push_back(waited);
  else
    waits_[next_wait_++ % limits::replies_remembered] = waited;
  if (value_ >= most_) return;
  if (value_ < threshold_) {
    ++value_;
    return;
  }
  if (++judged_ < value_) return;
  judged_ = 0;
  if (!slows_down()) ++value_;
}

bool connection_target::slows_down() {
  auto sorted = waits_;
  const auto p95 = sorted.begin() + static_cast<ptrdiff_t>(sorted.size() * 95 / 100);
  std::nth_element(sorted.begin(), p95, sorted.end());
  if (!best_ || *p95 < *best_) best_ = *p95;
  return *p95 > 2 * *best_ && *p95 > limits::reply_unnoticed;
}

void connection_target::pushed_back(time_point now) {
  if (pushed_at_ && now - *pushed_at_ < limits::push_back_apart) return;
  pushed_at_ = now;
  value_ = std::max<size_t>(value_ / 2, 1);
  threshold_ = value_;
  judged_ = 0;
}

}  // namespace cartwheel::smtp
