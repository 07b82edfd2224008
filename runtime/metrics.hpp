#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel {

/// A count that one thread raises and any thread reads. Cost: a load and a store, no locked instruction.
class counter {
 public:
  void add(uint64_t n = 1) { n_.store(n_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  uint64_t value() const { return n_.load(std::memory_order_relaxed); }
  void reset() { n_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> n_{0};
};

/// A count that several threads raise: off the hot path only.
class shared_counter {
 public:
  void add(uint64_t n = 1) { n_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return n_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> n_{0};
};

/// A value that one thread sets and any thread reads.
class gauge {
 public:
  void set(int64_t v) { v_.store(v, std::memory_order_relaxed); }
  int64_t value() const { return v_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> v_{0};
};

/// Upper bounds, in seconds, for what should take milliseconds.
constexpr std::array<double, 14> latency_bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                0.1,    0.25,  0.5,    1,     2.5,  5,     10};

/// Observations counted by upper bound. One thread observes, any thread reads.
class histogram {
 public:
  explicit histogram(std::span<const double> bounds) : bounds_{bounds}, counts_(bounds.size() + 1) {}
  void observe(double value, uint64_t times = 1);

  std::span<const double> bounds() const { return bounds_; }
  uint64_t in_bucket(size_t i) const { return counts_[i].value(); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::span<const double> bounds_;
  std::vector<counter> counts_;
  std::atomic<double> sum_{0};
};

using label = std::pair<std::string_view, std::string_view>;

/// Writes Prometheus' text format, version 0.0.4. Families must be written one after the other.
/// Source: prometheus.io/docs/instrumenting/exposition_formats.
class metrics_page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(double value, std::initializer_list<label> labels = {});
  void sample(uint64_t value, std::initializer_list<label> labels = {});
  /// One histogram as the family's only member; several single-writer histograms of equal bounds are summed.
  void distribution(std::span<const histogram* const> parts);

  std::string take() { return std::move(text_); }

 private:
  void name_and_labels(std::string_view suffix, std::initializer_list<label> labels);

  std::string family_;
  std::string text_;
};

}  // namespace cartwheel
