#pragma once

#include "runtime/journal/segment_folder.hpp"

#include <map>

/// Looks at a log without opening anything for writing: a stopped node's, or a running one's as far as it has written.
namespace cartwheel {

struct log_findings {
  struct tally {
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
  };
  struct segment {
    std::filesystem::path path;
    position first{};
    position end{};  // behind the last record that could be read
    uint64_t bytes = 0;
  };

  std::vector<segment> segments;
  std::map<record_kind, tally> kinds;
  tally all;
  uint64_t file_bytes = 0;
  instant oldest = never;  // received times
  instant newest = before_all;
  std::vector<log_damage> damage;
  std::optional<cut_tail> cut;     // what a start would cut
  std::vector<std::string> aside;  // names of what repairs have put aside
};

/// Reads all of it and goes on behind what is damaged.
/// Errors: std::system_error from the file system.
log_findings check_log(file_layer& files, const std::filesystem::path& folder);

/// The records from `from` on, in order and in whole groups, until `visit` returns false.
/// Errors: std::system_error from the file system; log_damage where the log cannot be read on.
void read_log(file_layer& files, const std::filesystem::path& folder, position from,
              const std::function<bool(const logged_record&)>& visit);

}  // namespace cartwheel
