#pragma once

#include "runtime/journal/record.hpp"

#include <functional>
#include <span>

namespace cartwheel {

/// The one log. A broker's partitioned log can take its place without the actors noticing.
/// Runs on: append and truncate_below on the committer's thread alone; read_from on any thread while nothing appends.
class journal {
 public:
  virtual ~journal() = default;

  /// Appends a group of records in order and makes them durable as the sync mode says; they are when this returns.
  /// Returns the position of the first; the others follow without a gap.
  /// Errors: std::system_error when they could not be made durable. The log must not be used any more then.
  virtual position append(std::span<const record> group) = 0;

  /// Calls `visit` for each record from `from` on, in order, until it returns false.
  virtual void read_from(position from, const std::function<bool(position, const record&)>& visit) const = 0;

  /// Forgets records below `keep`; they may go on being readable.
  virtual void truncate_below(position keep) = 0;

  /// The position the next record will get.
  virtual position end() const = 0;
};

}  // namespace cartwheel
