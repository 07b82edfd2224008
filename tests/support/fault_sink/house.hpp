#pragma once

#include "tests/support/fault_sink/options.hpp"
#include "tests/support/fault_sink/record_log.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cartwheel::fault_sink {

/// What all sessions share: the book, the standing faults, the dice, the rate.  Runs on: the one thread.
class house {
 public:
  explicit house(options o) : how{std::move(o)}, log{how}, dice_{how.seed}, tokens_{how.burst} {}

  /// Counts a session's coming to a place and appends the standing faults that strike now.
  void strike(where at, std::vector<fault>& found) {
    if (how.faults.empty()) return;
    const auto n = ++times_[static_cast<size_t>(at)];
    for (const auto& f : how.faults) {
      if (f.what.at != at || (f.every != 0 && n % f.every != 0) || (f.nth != 0 && n != f.nth) || n <= f.after) continue;
      if (f.percent < 100 && std::uniform_real_distribution<>{0, 100}(dice_) >= f.percent) continue;
      found.push_back(f.what);
    }
  }

  /// Which attempt this is at a recipient, from 1; 0 where nobody wants to know.
  uint32_t attempt_at(std::string_view recipient) {
    if (how.first == 0 && how.log.empty()) return 0;
    return ++attempts_[std::string{recipient}];
  }

  /// Whether DATA may be opened under the rate.
  bool under_rate() {
    if (how.rate <= 0) return true;
    const auto now = std::chrono::steady_clock::now();
    tokens_ = std::min(how.burst, tokens_ + how.rate * std::chrono::duration<double>(now - filled_).count());
    filled_ = now;
    if (tokens_ < 1) {
      ++log.count.throttled;
      return false;
    }
    tokens_ -= 1;
    return true;
  }

  options how;
  record_log log;
  size_t open = 0;  // connections

 private:
  std::mt19937_64 dice_;
  double tokens_;
  std::chrono::steady_clock::time_point filled_ = std::chrono::steady_clock::now();
  std::array<uint64_t, places> times_{};
  std::unordered_map<std::string, uint32_t> attempts_;
};

}  // namespace cartwheel::fault_sink
