#include "transport/smtp/relay_pace.hpp"

#include "transport/smtp/limits.hpp"

#include <algorithm>
#include <cmath>

namespace cartwheel::smtp {

namespace {

constexpr double fall = 0.7;  // of the rate it was throttled at
constexpr double just_below = 0.97;
constexpr std::chrono::duration<double> recovery{1};  // from the fall to just below
constexpr double creep_a_second = 0.01;               // at first, doubled each second
constexpr double creep_doublings_max = 6;
/// Until it was throttled for the second time: the first ceiling may be far too low, for a relay with a bucket of few
/// mails throttles before it was seen to take many.
constexpr double first_growth_a_second = 4;

}  // namespace

relay_pace::relay_pace(double per_second) : allowed_{per_second} {
  if (allowed_ > 0) pace_.emplace(allowed_);
}

relay_pace::time_point relay_pace::next() const {
  return std::max(paused_until_, pace_ ? pace_->next() : time_point{});
}

void relay_pace::pulled(time_point now) {
  if (found_) creep(now);
  if (pace_) pace_->take(now);
}

void relay_pace::accepted(time_point now) {
  if (now - second_begin_ >= std::chrono::seconds{1}) {
    const std::chrono::duration<double> took = now - second_begin_;
    last_second_ = static_cast<double>(this_second_) / took.count();
    second_begin_ = now;
    this_second_ = 0;
  }
  ++this_second_;
}

void relay_pace::throttled(time_point now) {
  // Those that were on their way with it tell the same.
  if (found_ && now - throttled_at_ < limits::push_back_apart) return;
  throttled_at_ = crept_at_ = now;
  const std::chrono::duration<double> so_far = now - second_begin_;
  // What was seen of the first second says little; what it says too low is grown out of.
  const auto took =
    std::max(last_second_, static_cast<double>(this_second_) / std::max(so_far.count(), found_ ? 1.0 : 0.05));
  knows_ = found_.has_value();
  ceiling_ = std::max(found_ ? std::min(*found_, std::max(took, fall * *found_)) : took, limits::rate_min);
  found_ = std::max(fall * ceiling_, limits::rate_min);
  if (pace_)
    pace_->set(*per_second());
  else
    pace_.emplace(*per_second());
}

void relay_pace::creep(time_point now) {
  const std::chrono::duration<double> since = now - throttled_at_;
  const std::chrono::duration<double> step = now - crept_at_;
  crept_at_ = now;
  if (since < recovery && knows_) {
    found_ = ceiling_ * (fall + (just_below - fall) * since / recovery);
  } else {
    const auto doublings = std::min((since - recovery).count(), creep_doublings_max);
    const auto a_second = knows_ ? 1 + creep_a_second * std::exp2(doublings) : first_growth_a_second;
    found_ = std::max(*found_, just_below * ceiling_) * std::pow(a_second, std::min(step.count(), 1.0));
  }
  pace_->set(*per_second());
}

std::optional<double> relay_pace::per_second() const {
  if (!found_) return allowed_ > 0 ? std::optional{allowed_} : std::nullopt;
  return allowed_ > 0 ? std::min(allowed_, *found_) : *found_;
}

}  // namespace cartwheel::smtp
