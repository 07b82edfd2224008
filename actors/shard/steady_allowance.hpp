#pragma once

#include "runtime/base/time.hpp"

#include <algorithm>

namespace cartwheel {

/// Allows so many things a second of the time that is handed in, and so many at once after a quiet while. The same log
/// allows the same things. A time that lies before an earlier one counts as that one.
class steady_allowance {
 public:
  steady_allowance(int per_second, int at_once) : per_second_{per_second}, most_{1000LL * at_once}, left_{most_} {}

  bool allows(instant now) {
    if (last_ != before_all && now > last_) {
      // Thousandths of a thing, as milliseconds go by; what would be too much is not multiplied.
      const auto full_in = (most_ - left_) / per_second_ + 1;
      left_ = std::min<long long>(most_, left_ + std::min<long long>((now - last_).count(), full_in) * per_second_);
    }
    last_ = std::max(last_, now);
    if (left_ < 1000) return false;
    left_ -= 1000;
    return true;
  }

 private:
  long long per_second_;
  long long most_;
  long long left_;
  instant last_ = before_all;
};

}  // namespace cartwheel
