#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace cartwheel {

/// Counts durations so that quantiles can be read without keeping them.
/// Units: microseconds inside.  Bounds: 1 us to about 70 minutes, exact to 1/64 (1.6 %); longer ones count as the longest.
/// Cost: 14 KiB; a record is a few instructions.
/// Runs on: one thread; merge what several recorded.
class latency_histogram {
 public:
  using duration = std::chrono::nanoseconds;

  void record(duration d, uint64_t times = 1);
  void merge(const latency_histogram& other);

  /// The duration that a share `q` of the records does not exceed, rounded up to its bucket's end; zero without records.
  duration quantile(double q) const;
  duration max() const { return max_; }
  uint64_t count() const { return count_; }

 private:
  static constexpr unsigned sub_bits = 6;  // 64 buckets for each power of two
  static constexpr unsigned powers = 27;   // above the first 64 us, which are counted one by one
  static constexpr size_t bucket_count = (powers + 1) << sub_bits;
  static size_t bucket_of(uint64_t us);
  static uint64_t end_of(size_t bucket);

  std::array<uint64_t, bucket_count> buckets_{};
  uint64_t count_ = 0;
  duration max_{};
};

}  // namespace cartwheel
