#pragma once

#include "actors/parking/parking.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// One shard's way to the parking: names what it parks, and remembers what it has taken back until no snapshot refers to
/// it any more.
/// Snapshots: two are kept, and a new one is cut when the one before is whole. So what was taken back before the cut
/// before the last is needed by none.
/// Cost: 16 B a record that was taken back, until then.
/// Runs on: its shard's thread.
class parking_lane {
 public:
  /// `place` null: nothing can be parked.
  parking_lane(parking* place, uint16_t lane) : place_{place}, lane_{lane} {}

  /// Whether there is a place, and a name left.
  bool open() const { return place_ != nullptr && next_ + waiting_.size() < parking::numbers_max; }
  uint16_t number() const { return lane_; }

  /// Parks a record and gives its number. It is written with settle(), and can be taken back before.
  uint64_t park(std::string record);
  /// What was parked. Errors: std::runtime_error when the place does not have it.
  std::string read(parked_name name) const;
  std::string read(uint64_t number) const { return read({lane_, number}); }
  /// Memory does not refer to it any more.
  void left(parked_name name) { left_.push_back(name); }
  void left(uint64_t number) { left({lane_, number}); }

  /// Writes what was parked since, and erases some of what nobody needs.
  void settle();

  /// A snapshot is cut here: what it must know of this lane. What was parked before has been written.
  void cut(byte_writer& to);
  /// Takes over a lane of a snapshot, its own or, with another number of shards, one that is no more. All lanes of the
  /// snapshot are taken over, by whichever shard, before anything is parked in them. Gives the lane's number.
  uint16_t take_over(byte_reader& from);
  /// What a process parked that came after the snapshot: nothing refers to it.
  void forget_from(parked_name first) {
    if (place_ != nullptr) place_->erase_from(first);
  }
  /// The names below are taken in some lane.
  void begin_at(uint64_t next) { next_ = std::max(next_, next); }
  uint64_t next() const { return next_; }

 private:
  static constexpr size_t erased_at_once = 1024;

  parking* place_;
  uint16_t lane_;
  uint64_t next_ = 1;                             // of what waits
  std::vector<std::string> waiting_;              // parked, not written yet
  std::vector<parked_name> left_;                 // since the last cut
  std::deque<std::vector<parked_name>> earlier_;  // between cuts before, oldest first; two at most
  std::vector<parked_name> doomed_;               // no snapshot refers to them
};

}  // namespace cartwheel
