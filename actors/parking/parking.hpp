#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cartwheel {

/// What a parked record is called: the lane of the one who parked it, and a number that lane gives once.
struct parked_name {
  uint16_t lane = 0;
  uint64_t number = 0;  // from 1, below parking::numbers_max
  friend bool operator==(const parked_name&, const parked_name&) = default;
};

/// Where records of what is idle lie while it is: outside of memory, each under a name that is never used again. Knows
/// bytes, not what they mean.
/// A record is written once and never changed, so snapshots may refer to it by name; it is erased when neither memory nor
/// a snapshot does. What was put is durable when whoever takes snapshots has flushed the place; what was not is put again
/// by recovery, which repeats the log behind the snapshot.
/// Errors: all throw std::runtime_error or std::system_error naming the place.
/// Runs on: any thread.
class parking {
 public:
  static constexpr uint64_t numbers_max = uint64_t{1} << 39;

  virtual ~parking() = default;
  /// Records under consecutive numbers.
  virtual void put(parked_name first, std::span<const std::string> records) = 0;
  virtual std::optional<std::string> fetch(parked_name name) const = 0;
  virtual void erase(std::span<const parked_name> names) = 0;
  /// That number and all above it in its lane: what was parked behind the snapshot that a node comes back from.
  virtual void erase_from(parked_name first) = 0;
  virtual void erase_all() = 0;
};

}  // namespace cartwheel
