#include "runtime/base/clock.hpp"

namespace cartwheel {

namespace {

/// Returns the greatest of what was stored and `t`, and stores it.
int64_t raise(std::atomic<int64_t>& newest, int64_t t) {
  int64_t seen = newest.load(std::memory_order_relaxed);
  while (seen < t && !newest.compare_exchange_weak(seen, t, std::memory_order_acq_rel)) {}
  return seen < t ? t : seen;
}

}  // namespace

instant wall_clock::now() const {
  auto t = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  return from_unix_ms(raise(newest_, unix_ms(t)));
}

scaled_clock::scaled_clock(instant start, double factor)
    : start_{start}, factor_{factor}, began_{std::chrono::steady_clock::now()} {}

instant scaled_clock::now() const {
  std::chrono::duration<double, std::milli> gone = std::chrono::steady_clock::now() - began_;
  return start_ + milliseconds{static_cast<int64_t>(gone.count() * factor_)};
}

std::chrono::nanoseconds scaled_clock::real(milliseconds d) const {
  return std::chrono::nanoseconds{static_cast<int64_t>(std::chrono::duration<double, std::nano>(d).count() / factor_)};
}

void manual_clock::advance_to(instant t) { raise(now_, unix_ms(t)); }

}  // namespace cartwheel
