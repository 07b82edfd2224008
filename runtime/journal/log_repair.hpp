#pragma once

#include "runtime/journal/log_damage.hpp"
#include "runtime/journal/segment_folder.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace cartwheel {

/// What a repair has done.
struct repair_report {
  std::vector<log_damage> damage;            // in the order found; empty: there was nothing to repair
  std::vector<std::filesystem::path> aside;  // where the damaged rest is now
  /// Set when records are lost to the log: it goes up to the first, and goes on at the second. No position that a lost
  /// record may have had is given again: a store may hold what came of it.
  std::optional<std::pair<position, position>> gap;
};

/// Whether a repair gave this name to what it put aside.
bool is_aside(std::string_view name);

/// Makes a damaged log usable again, up to the damage: what stands from there on is moved to files `*.damaged`, and
/// nothing is deleted. A torn tail is no damage and stays for the next start. Done again, it goes on where it was interrupted.
/// Bounds: needs space for one segment and a new one.
/// Errors: std::system_error from the file system; std::runtime_error for a log of another format.  The caller sees to it that no server runs on the folder.
repair_report repair_log(file_layer& files, const std::filesystem::path& folder);

}  // namespace cartwheel
