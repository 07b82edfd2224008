#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"
#include "runtime/base/time.hpp"
#include "runtime/journal/block_file.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace cartwheel {

/// Which orders are to be looked at when, by the hour: an order stands in the hour of an event that named it, and moves on
/// when that hour is old and it has been named since. So nothing is done for an order but at its beginning and end, and
/// what is looked at does not depend on what is parked.
/// Cost: 8 to 16 B an order, and some 100 B an hour and partition.
class order_ages {
 public:
  /// `hash`: the order's (warm_table).
  void file(person_partition p, instant named, uint64_t hash);

  /// Takes up to `most` of each partition that were filed under a time up to `until`. look(partition, hash) gives a later
  /// time to file it under again, or before_all.
  template <class F>
  void look_at(instant until, size_t most, F&& look) {
    for (size_t p = 0; p < hours_.size(); ++p)
      for (size_t n = 0; n < most && !hours_[p].empty() && beginning(hours_[p].begin()->first) <= until; ++n) {
        save_first(p);
        auto oldest = hours_[p].begin();
        const auto hash = oldest->second.back();
        oldest->second.pop_back();
        if (oldest->second.empty()) hours_[p].erase(oldest);
        const auto part = person_partition{static_cast<uint16_t>(p)};
        if (const instant again = look(part, hash); again != before_all) file(part, again, hash);
      }
  }

  bool empty() const;

  /// A snapshot is cut here; walk() writes some more of what there was, and is true at the end. What changes in between is
  /// written first.
  void begin_walk(block_writer::part& to);
  bool walk();
  void load_one(byte_reader& from, const shard_share& mine);

 private:
  /// An hour holds what was named up to its beginning, and after the beginning of the one before.
  static int64_t hour_of(instant t);
  static instant beginning(int64_t hour) { return instant{std::chrono::hours{hour}}; }
  void save_first(size_t p);

  std::array<std::map<int64_t, std::vector<uint64_t>>, person_partition_count> hours_;
  // The walk of a snapshot under way.
  block_writer::part* walk_to_ = nullptr;
  std::array<bool, person_partition_count> saved_{};
  size_t walk_ = person_partition_count;
};

}  // namespace cartwheel
