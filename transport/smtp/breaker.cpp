#include "transport/smtp/breaker.hpp"

#include "transport/smtp/limits.hpp"

#include <algorithm>

namespace cartwheel::smtp {

static_assert(limits::recipients_remembered <= 64);

breaker::breaker(breaker_options options) : options_{options}, random_{options.seed} {}

void breaker::failed(time_point now) {
  wait(now);
  ++failures_;
}

void breaker::turned_away(time_point now) {
  wait(now, true);
  ++failures_;
}

void breaker::worked() { failures_ = 0; }

bool breaker::recipient_judged(bool for_policy, time_point now) {
  policy_[next_] = for_policy;
  next_ = (next_ + 1) % limits::recipients_remembered;
  remembered_ = std::min(remembered_ + 1, limits::recipients_remembered);
  if (!for_policy || remembered_ < limits::recipients_remembered ||
      policy_.count() * 100 <= limits::recipients_remembered * limits::policy_refusals_percent)
    return false;
  failures_ = std::max(failures_, limits::failures_to_open);
  wait(now);
  policy_.reset();
  remembered_ = 0;
  return true;
}

void breaker::wait(time_point now, bool half_at_least) {
  const auto longest =
    std::min(options_.backoff_max, options_.backoff_first * (int64_t{1} << std::min(failures_, 16U)));
  const auto most = std::max<int64_t>(longest.count(), 0);
  const auto least = half_at_least ? (most + 1) / 2 : 0;
  not_before_ = now + std::chrono::milliseconds{std::uniform_int_distribution<int64_t>{least, most}(random_)};
}

breaker_state breaker::state(time_point now) const {
  if (failures_ < limits::failures_to_open) return breaker_state::closed;
  return now < not_before_ ? breaker_state::open : breaker_state::half_open;
}

}  // namespace cartwheel::smtp
