#include "app/demo/crowd.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace cartwheel {
namespace {

constexpr uint64_t arrivals_stream = ~uint64_t{0};  // no shopper has this number

double share_at(instant t) {
  constexpr auto ahead = std::chrono::hours{static_cast<int>(shares::hours_ahead_of_utc)};
  auto hour = std::chrono::floor<std::chrono::hours>(t + ahead).time_since_epoch().count() % 24;
  return shares::hour_of_day[static_cast<size_t>((hour + 24) % 24)];
}

}  // namespace

crowd::crowd(crowd_options options) : options_{std::move(options)}, arrivals_{options_.seed, arrivals_stream} {
  if (options_.shops.empty()) throw std::invalid_argument("crowd: no shop to go to");
  if (options_.length <= 0ms) throw std::invalid_argument("crowd: no time to shop in");
  if (!(options_.cart_share >= 0 && options_.cart_share <= 1))
    throw std::invalid_argument("crowd: cart_share is outside 0..1");
  if (!(options_.return_share >= 0 && options_.return_share <= 1 - shares::adds_after_abandoning))
    throw std::invalid_argument("crowd: return_share is outside 0..1, less those who come back to add");
  double sum = 0;
  for (instant t = options_.start, end = t + options_.length; t < end; t += 1h) {
    sum += share_at(t) * std::min(1.0, (end - t) / std::chrono::duration<double, std::milli>(1h));
    arrived_by_hour_.push_back(sum);
  }
  for (auto& part : arrived_by_hour_) part /= sum;
  draw_arrival();
}

bool crowd::later(const turn& a, const turn& b) { return a.time != b.time ? a.time > b.time : a.number > b.number; }

/// Sorted uniform numbers one after the other, without keeping them: the smallest of the n left is 1 - v^(1/n) of the way.
void crowd::draw_arrival() {
  if (arrived_ == options_.shoppers) return;
  auto left = static_cast<double>(options_.shoppers - arrived_);
  part_arrived_ = 1 - (1 - part_arrived_) * std::pow(1 - arrivals_.unit(), 1 / left);
  arrival_ = moment_of(part_arrived_);
}

instant crowd::moment_of(double part) {
  while (hour_ + 1 < arrived_by_hour_.size() && arrived_by_hour_[hour_] <= part) hour_++;
  double before = hour_ == 0 ? 0 : arrived_by_hour_[hour_ - 1];
  auto begin = std::chrono::hours{hour_};
  auto width = std::min<milliseconds>(1h, options_.length - begin);
  double into = (part - before) / (arrived_by_hour_[hour_] - before);
  auto offset = begin + milliseconds{static_cast<int64_t>(into * static_cast<double>(width.count()))};
  return options_.start + std::min<milliseconds>(offset, options_.length - 1ms);
}

void crowd::admit() {
  size_t seat = stories_.size();
  if (free_seats_.empty()) {
    stories_.emplace_back();
  } else {
    seat = free_seats_.back();
    free_seats_.pop_back();
  }
  stories_[seat] = tell_story(options_, arrived_, arrival_);
  waiting_.push_back({arrival_, arrived_, seat, 0});
  std::ranges::push_heap(waiting_, later);
  arrived_++;
  draw_arrival();
}

const gateway_event* crowd::next() {
  if (again_) {
    again_ = false;
    return &event_;
  }
  while (arrived_ < options_.shoppers && (waiting_.empty() || arrival_ <= waiting_.front().time)) admit();
  if (waiting_.empty()) return nullptr;
  std::ranges::pop_heap(waiting_, later);
  auto& now = waiting_.back();
  auto& told = stories_[now.seat];
  write_event(options_, told, now.step, event_);
  again_ = dice{options_.seed + now.step, now.number}.chance(shares::sent_twice);
  if (++now.step < told.steps.size()) {
    now.time = told.steps[now.step].time;
    std::ranges::push_heap(waiting_, later);
  } else {
    told = story{};
    free_seats_.push_back(now.seat);
    waiting_.pop_back();
  }
  return &event_;
}

}  // namespace cartwheel
