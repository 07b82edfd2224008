#include "app/load/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cartwheel {

/// Below 64 a bucket is a microsecond; above, a number's bucket is its power of two and the six bits behind the first.
size_t latency_histogram::bucket_of(uint64_t us) {
  constexpr uint64_t first = 1u << sub_bits;
  if (us < first) return us;
  auto power = static_cast<unsigned>(std::bit_width(us)) - 1 - sub_bits;  // 0 for 64..127
  if (power >= powers) return bucket_count - 1;
  return ((power + 1) << sub_bits) + ((us >> power) & (first - 1));
}

uint64_t latency_histogram::end_of(size_t bucket) {
  constexpr size_t first = 1u << sub_bits;
  if (bucket < first) return bucket;
  auto power = (bucket >> sub_bits) - 1;
  return ((first + (bucket & (first - 1)) + 1) << power) - 1;
}

void latency_histogram::record(duration d, uint64_t times) {
  auto us = std::max<int64_t>(0, std::chrono::ceil<std::chrono::microseconds>(d).count());
  buckets_[bucket_of(static_cast<uint64_t>(us))] += times;
  count_ += times;
  max_ = std::max(max_, d);
}

void latency_histogram::merge(const latency_histogram& other) {
  for (size_t i = 0; i < bucket_count; i++) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

latency_histogram::duration latency_histogram::quantile(double q) const {
  if (count_ == 0) return {};
  auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < bucket_count; i++) {
    seen += buckets_[i];
    if (seen >= rank) return std::min<duration>(max_, std::chrono::microseconds{end_of(i)});
  }
  return max_;
}

}  // namespace cartwheel
