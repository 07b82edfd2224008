#pragma once

#include "runtime/base/file_layer.hpp"
#include "runtime/journal/log_damage.hpp"
#include "runtime/journal/segment_reader.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

/// A log's folder: which segments there are, in which order, and where the last one ends.
namespace cartwheel {

/// A segment that is being made; it gets its name when its header is durable, and records after that.
constexpr const char* unborn_segment_name = "segment.new";
/// A closed segment that is being written again (segment_rewrite.hpp).
constexpr const char* rewritten_segment_name = "segment.rewritten";
/// Removes what a crash has left of either: neither is a part of the log.
void remove_unfinished(file_layer& files, const std::filesystem::path& folder);

struct segment_file {
  std::filesystem::path path;
  position first{};  // by its name
  uint64_t bytes = 0;
  std::variant<segment_header, unusable_header> header;

  /// Errors: log_damage.
  const segment_header& sound_header() const;
};

/// The segments of a folder, by position.
std::vector<segment_file> list_segments(file_layer& files, const std::filesystem::path& folder);

/// What is wrong with the list: a header that is damaged or of an unknown version, or says another position than the name;
/// a segment that is missing between two others.
std::vector<log_damage> check_chain(const std::vector<segment_file>& segments);

segment_reader read_segment(file_layer& files, const segment_file& segment);

/// Reads on to `end`, where the next segment says that this one ends, until `visit` returns false; then it returns false
/// too.
/// Errors: log_damage where a record is missing, or the last group is not closed.
bool read_up_to(segment_reader& reader, position end, const std::function<bool(const segment_reader::entry&)>& visit);

/// What a start takes away behind the last whole group: it was never synced.
struct cut_tail {
  std::filesystem::path file;
  uint64_t offset = 0;
  uint64_t bytes = 0;  // up to the last one that is not zero
  position first{};    // of the first record that is cut
  position newest{};   // of the whole records that are cut; below `first` when there are none
};

struct segment_tail {
  segment_reader::place end;
  segment_reader::place synced;  // all before it was synced, as a record behind it tells
  std::optional<cut_tail> cut;
};

/// Reads the last segment to the end of the log: behind its last whole group. Whatever stands behind it is a torn tail,
/// of which any part may have survived a crash, unless a record there tells that more was synced before.
/// Errors: log_damage then.
segment_tail find_tail(segment_reader& reader, const std::function<void(const segment_reader::entry&)>& visit = {});

/// A segment with its header durable under its name, `bytes` long.
std::shared_ptr<open_file> make_segment(file_layer& files, const std::filesystem::path& folder, const segment_header& h,
                                        uint64_t bytes);

/// A mark that nobody can guess.
uint64_t draw_mark();

}  // namespace cartwheel
