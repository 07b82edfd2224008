#pragma once

#include <cstddef>

namespace cartwheel {

/// Walks along a hash map in slices while it changes in between. Until the walk is over the map does not grow its buckets
/// (chains get longer instead), so each entry stays in its bucket; entries may come and go.
template <class Map>
class table_walk {
 public:
  bool under_way() const { return under_way_; }

  void begin(Map& map) {
    under_way_ = true;
    bucket_ = 0;
    load_factor_ = map.max_load_factor();
    map.max_load_factor(never_grow);
  }

  /// Calls each(entry) for about `most` more; what is left of `most` comes back. Over when under_way() is false.
  template <class F>
  size_t go_on(Map& map, size_t most, F&& each) {
    for (; bucket_ < map.bucket_count(); ++bucket_) {
      if (most == 0) return 0;
      --most;
      for (auto i = map.begin(bucket_); i != map.end(bucket_); ++i) {
        each(*i);
        if (most > 0) --most;
      }
    }
    under_way_ = false;
    map.max_load_factor(load_factor_);
    return most;
  }

 private:
  static constexpr float never_grow = 1e9f;

  bool under_way_ = false;
  size_t bucket_ = 0;
  float load_factor_ = 1;
};

}  // namespace cartwheel
