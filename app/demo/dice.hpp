#pragma once

#include "app/demo/shares.hpp"

#include <cmath>
#include <cstdint>
#include <span>

namespace cartwheel {

/// A small, fast source of repeatable chance. Not std::<random>: its distributions differ between standard libraries, and a
/// seed must tell the same story everywhere.
/// Source: splitmix64 (Steele, Lea, Flood, Fast splittable pseudorandom number generators, 2014).
class dice {
 public:
  explicit dice(uint64_t seed) : state_{seed} {}
  /// An independent source for the `stream`-th of something.
  dice(uint64_t seed, uint64_t stream) : state_{dice{seed ^ (stream * 0xd1342543de82ef95u)}.bits()} {}

  uint64_t bits() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// In [0, 1).
  double unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  bool chance(double p) { return unit() < p; }
  /// In 0..n-1.
  size_t below(size_t n) { return static_cast<size_t>(unit() * static_cast<double>(n)); }

  /// The index of one of these shares, which add up to about one (what is missing goes to the last).
  size_t pick(std::span<const double> shares) {
    double u = unit();
    for (size_t i = 0; i + 1 < shares.size(); i++) {
      if (u < shares[i]) return i;
      u -= shares[i];
    }
    return shares.size() - 1;
  }

  /// A draw from a measured distribution. Between two points it is interpolated geometrically (what takes long is spread
  /// wide), from or to zero evenly; beyond the last point it is that point's value.
  double draw(std::span<const shares::quantile> q) {
    double u = unit();
    for (size_t i = 1; i < q.size(); i++) {
      if (u >= q[i].p) continue;
      double part = (u - q[i - 1].p) / (q[i].p - q[i - 1].p);
      double from = q[i - 1].value, to = q[i].value;
      return from > 0 && to > 0 ? from * std::pow(to / from, part) : from + (to - from) * part;
    }
    return q.back().value;
  }

 private:
  uint64_t state_;
};

}  // namespace cartwheel
