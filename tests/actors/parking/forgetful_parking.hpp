#pragma once

#include "actors/parking/parking.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

namespace cartwheel::test {

/// A parking in memory that loses at a crash some of what was done since the last flush, as a store without a log does.
class forgetful_parking final : public parking {
 public:
  forgetful_parking() = default;
  forgetful_parking(const forgetful_parking& from) : now_{from.now_}, flushed_{from.flushed_} {}

  void put(parked_name first, std::span<const std::string> records) override {
    std::lock_guard lock{mutex_};
    put_[first.lane >> 8] += records.size();
    for (const auto& r : records) {
      key k{first.lane, first.number++};
      if (!now_.emplace(k, r).second) throw std::runtime_error{"a name was given twice"};
    }
  }
  std::optional<std::string> fetch(parked_name name) const override {
    std::lock_guard lock{mutex_};
    ++fetched_;
    ++fetched_in_[name.lane >> 8];
    auto i = now_.find({name.lane, name.number});
    return i == now_.end() ? std::nullopt : std::optional{i->second};
  }
  void erase(std::span<const parked_name> names) override {
    std::lock_guard lock{mutex_};
    for (const auto& n : names) now_.erase({n.lane, n.number});
  }
  void erase_from(parked_name first) override {
    std::lock_guard lock{mutex_};
    now_.erase(now_.lower_bound({first.lane, first.number}), now_.lower_bound({first.lane + 1, 0}));
  }
  void erase_all() override {
    std::lock_guard lock{mutex_};
    now_.clear();
  }
  void flush() {
    std::lock_guard lock{mutex_};
    flushed_ = now_;
  }

  /// What would be left if the power were lost now: what was flushed, with some of the changes since. `others` is called
  /// in that moment, for what else is lost.
  template <class F>
  std::unique_ptr<forgetful_parking> after_crash(uint64_t seed, F&& others) const {
    std::lock_guard lock{mutex_};
    others();
    std::mt19937_64 dice{seed};
    auto left = std::make_unique<forgetful_parking>();
    left->now_ = flushed_;
    for (const auto& [k, r] : now_)
      if (!flushed_.contains(k) && dice() % 2 == 0) left->now_.emplace(k, r);
    for (const auto& [k, _] : flushed_)
      if (!now_.contains(k) && dice() % 2 == 0) left->now_.erase(k);
    left->flushed_ = left->now_;
    return left;
  }
  size_t size() const {
    std::lock_guard lock{mutex_};
    return now_.size();
  }
  /// Of one kind (parked_kind.hpp).
  size_t put_of(unsigned kind) const {
    std::lock_guard lock{mutex_};
    return put_.contains(kind) ? put_.at(kind) : 0;
  }
  size_t fetched_of(unsigned kind) const {
    std::lock_guard lock{mutex_};
    return fetched_in_.contains(kind) ? fetched_in_.at(kind) : 0;
  }
  size_t fetched() const {
    std::lock_guard lock{mutex_};
    return fetched_;
  }

 private:
  using key = std::pair<unsigned, uint64_t>;
  mutable std::mutex mutex_;
  std::map<key, std::string> now_, flushed_;
  mutable size_t fetched_ = 0;
  std::map<unsigned, size_t> put_;
  mutable std::map<unsigned, size_t> fetched_in_;
};

}  // namespace cartwheel::test
