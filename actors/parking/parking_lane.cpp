#include "actors/parking/parking_lane.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cartwheel {

namespace {

constexpr size_t kept_snapshots = 2;

void save(byte_writer& to, const std::vector<parked_name>& names) {
  to.number(names.size());
  for (const auto& n : names) {
    to.number(n.lane);
    to.number(n.number);
  }
}

std::vector<parked_name> load(byte_reader& from) {
  std::vector<parked_name> names;
  for (auto n = from.number(); n > 0; --n) {
    auto& name = names.emplace_back();
    name.lane = static_cast<uint16_t>(from.number());
    name.number = from.number();
  }
  return names;
}

void append(std::vector<parked_name>& to, const std::vector<parked_name>& names) {
  to.insert(to.end(), names.begin(), names.end());
}

}  // namespace

uint64_t parking_lane::park(std::string record) {
  waiting_.push_back(std::move(record));
  return next_ + waiting_.size() - 1;
}

std::string parking_lane::read(parked_name name) const {
  if (name.lane == lane_ && name.number >= next_ && name.number - next_ < waiting_.size())
    return waiting_[name.number - next_];
  auto record = place_ == nullptr ? std::nullopt : place_->fetch(name);
  if (!record)
    throw std::runtime_error{"the store does not hold what was parked in lane " + std::to_string(name.lane) +
                             " under number " + std::to_string(name.number)};
  return *std::move(record);
}

void parking_lane::settle() {
  if (place_ == nullptr) return;
  if (!waiting_.empty()) {
    place_->put({lane_, next_}, waiting_);
    next_ += waiting_.size();
    waiting_.clear();
  }
  if (doomed_.empty()) return;
  size_t some = std::min(doomed_.size(), erased_at_once);
  place_->erase(std::span{doomed_}.last(some));
  doomed_.resize(doomed_.size() - some);
}

void parking_lane::cut(byte_writer& to) {
  settle();
  earlier_.push_back(std::exchange(left_, {}));
  while (earlier_.size() > kept_snapshots) {
    append(doomed_, earlier_.front());
    earlier_.pop_front();
  }
  to.number(lane_);
  to.number(next_);
  save(to, doomed_);
  to.number(earlier_.size());
  for (const auto& names : earlier_) save(to, names);
}

uint16_t parking_lane::take_over(byte_reader& from) {
  auto lane = static_cast<uint16_t>(from.number());
  auto next = from.number();
  append(doomed_, load(from));
  auto intervals = from.number();
  if (intervals > kept_snapshots) throw broken_bytes{"a lane of parked records makes no sense"};
  while (earlier_.size() < intervals) earlier_.emplace_front();
  for (auto at = earlier_.end() - static_cast<ptrdiff_t>(intervals); at != earlier_.end(); ++at)
    append(*at, load(from));
  forget_from({lane, next});
  begin_at(next);
  return lane;
}

}  // namespace cartwheel
