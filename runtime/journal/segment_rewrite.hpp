#pragma once

#include "runtime/journal/segment_log.hpp"

#include <functional>
#include <optional>
#include <string>

/// Other payloads for records of closed segments, on a log that somebody appends to: how a person is taken out of what is
/// kept of it. All else stays: positions, groups, kinds, times, and with them every other segment's header.
/// Runs on: one thread besides the log's own.
namespace cartwheel {

/// Visits the records of the closed segments that lie wholly below `below`, oldest first, until `visit` returns false.
/// A segment that is forgotten meanwhile is passed over.  Errors: std::system_error; log_damage.
void read_closed(file_layer& files, const std::filesystem::path& folder, position below,
                 const std::function<bool(const logged_record&)>& visit);

/// The payload that takes the place of a record's; nothing: it stays.
using payload_change = std::function<std::optional<std::string>(const logged_record&)>;

/// Which segments: those that lie wholly below `below` and hold records from `from` on.
struct closed_part {
  position from{};
  position below{};
};

struct rewrite_report {
  size_t segments = 0;
  uint64_t records = 0;
};

/// Changes payloads. A segment in which none changes is not touched; of another one a new file is written beside it,
/// synced, and put in its place, so that a crash leaves the old one or the new one, whole. `go_on` is asked before each
/// record; when it returns false the segment in hand stays as it was.
/// Bounds: memory for one block and the longest payload, disk for one segment.  Errors: as read_closed.
rewrite_report rewrite_closed(file_layer& files, const std::filesystem::path& folder, segment_log& log,
                              closed_part part, const payload_change& change, const std::function<bool()>& go_on);

}  // namespace cartwheel
