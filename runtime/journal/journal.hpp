#pragma once

#include "runtime/journal/record.hpp"

#include <functional>
#include <span>

namespace cartwheel {

/// A record as it stands in the log.
struct logged_record {
  position at{};
  record what;
  bool closes_group = false;  // the last of what was appended together: an epoch ends with it
};

/// The one log. A broker's partitioned log can take its place without the actors noticing.
/// Runs on: append, sync, skip_to and truncate_below on the committer's thread alone; read_from on any thread while nothing appends.
class journal {
 public:
  virtual ~journal() = default;

  /// Appends a group of records in order: all of them are in the log, or none is. With `synced` they are durable when
  /// this returns, and so is everything before; else they are when sync() has returned, or a later append with `synced`.
  /// Returns the position of the first; the others follow without a gap.
  /// Errors: std::system_error when they could not be written or made durable. The log must not be used any more then.
  virtual position append(std::span<const record> group, bool synced) = 0;

  /// Makes durable what was appended. Errors: as append.
  virtual void sync() = 0;

  /// Calls `visit` for each record from `from` on, in order, until it returns false.
  virtual void read_from(position from, const std::function<bool(const logged_record&)>& visit) const = 0;

  /// Forgets records below `keep`; they may go on being readable.
  virtual void truncate_below(position keep) = 0;

  /// The next record gets the position `to`, if that is further on: what stood between is lost, and known otherwise.
  /// Errors: as append.
  virtual void skip_to(position to) = 0;

  /// Whether nothing was forgotten below begin(): there was nothing, or a repair has given it up.
  virtual bool begins_anew() const = 0;

  /// The position of the oldest record that can be read; end() when there is none.
  virtual position begin() const = 0;
  /// The position the next record will get.
  virtual position end() const = 0;
};

}  // namespace cartwheel
