#include "runtime/journal/log_repair.hpp"

#include "runtime/journal/limits.hpp"

#include <algorithm>
#include <stdexcept>

namespace cartwheel {
namespace {

constexpr std::string_view suffix = ".damaged";

class repairer {
 public:
  repairer(file_layer& files, const std::filesystem::path& folder)
      : files_{files}, folder_{folder}, segments_{list_segments(files, folder)} {}

  repair_report repair() {
    // What another version can read is not damaged.
    for (const auto& s : segments_)
      if (auto* h = std::get_if<unusable_header>(&s.header); h != nullptr && h->other_format)
        throw std::runtime_error{fmt::format("{}: {}", s.path.string(), h->why)};
    remove_unfinished(files_, folder_);
    // What one that was interrupted has done must be durable before this one finds that it need not be done.
    for (const auto& s : segments_) files_.open(s.path, file_layer::access::write)->sync_data();
    files_.sync_folder(folder_);
    size_t sound = 0;
    while (sound < segments_.size() && keep_whole(sound)) ++sound;
    if (sound < segments_.size()) give_up_from(sound);
    return std::move(report_);
  }

 private:
  /// Whether all of a segment can stay; if not, stay_ is how much of it can.
  bool keep_whole(size_t i) {
    const auto& s = segments_[i];
    stay_.reset();
    std::optional<segment_reader> reader;
    try {
      const auto& header = s.sound_header();
      if (header.first != s.first)
        throw log_damage{s.path, 0, s.first, fmt::format("its header says position {}", count(header.first))};
      if (i > 0 && header.previous != segments_[i - 1].first)
        throw log_damage{s.path, 0, s.first, "the segment before it is missing"};
      reader.emplace(read_segment(files_, s));
      if (i + 1 == segments_.size()) {
        find_tail(*reader);
        return true;
      }
      auto* following = std::get_if<segment_header>(&segments_[i + 1].header);
      if (following == nullptr || following->previous != s.first) {
        // Where it ends nobody says, and what follows cannot stay. It ends here, unless it says itself that it does not.
        find_tail(*reader);
        return true;
      }
      read_up_to(*reader, following->previous_end, [](const auto&) { return true; });
      if (reader->look_beyond().end > reader->here().offset) {
        report_.damage.emplace_back(s.path, reader->here().offset, reader->here().at,
                                    "something stands behind the last record");
        clear_behind(s, reader->here());
      }
      return true;
    } catch (const log_damage& d) {
      report_.damage.push_back(d);
      if (reader && reader->whole_groups().at != s.first) stay_ = reader->whole_groups();
      return false;
    }
  }

  void clear_behind(const segment_file& s, const segment_reader::place& end) {
    copy_aside(s);
    cut(s, end.offset);
  }

  void give_up_from(size_t bad) {
    const auto& s = segments_[bad];
    if (stay_) copy_aside(s);
    // The new last segment first: were the old ones gone before it, an interrupted repair would leave a log that gives
    // positions again.
    position end = stay_ ? stay_->at : s.first;
    segment_header h{draw_mark(), beyond_all_lost(), position{0}, end, before_all};
    if (stay_) {
      h.previous = s.first;
      h.previous_newest = stay_->newest;
    } else if (bad > 0) {
      const auto& last = segments_[bad - 1];
      auto reader = read_segment(files_, last);
      auto tail = find_tail(reader);
      if (tail.cut) clear_behind(last, tail.end);
      end = h.previous_end = tail.end.at;
      h.previous = last.first;
      h.previous_newest = tail.end.newest;
    }
    make_segment(files_, folder_, h, segment_header_bytes);
    // The newest first, so that what is left shows the damage until all are gone.
    for (size_t i = segments_.size(); i-- > bad + (stay_ ? 1 : 0);) {
      auto to = free_name(segments_[i].path);
      files_.rename(segments_[i].path, to);
      files_.sync_folder(folder_);
      report_.aside.push_back(std::move(to));
    }
    if (stay_) cut(s, stay_->offset);
    report_.gap = {end, h.first};
  }

  /// Beyond every position that a record of these segments can have had: so many records fit in.
  position beyond_all_lost() const {
    uint64_t beyond = 0;
    for (const auto& s : segments_)
      beyond = std::max(beyond, count(s.first) + std::max(s.bytes, limits::segment_bytes) / record_header_bytes);
    return position{beyond};
  }

  void copy_aside(const segment_file& s) {
    auto from = files_.open(s.path, file_layer::access::read);
    auto path = free_name(s.path);
    auto to = files_.create(path);
    std::string block(limits::segment_block_bytes, '\0');
    for (uint64_t at = 0;;) {
      size_t got = from->read_at(at, block);
      if (got == 0) break;
      write_fully(*to, at, std::string_view{block}.substr(0, got));
      at += got;
    }
    to->sync_data();
    files_.sync_folder(folder_);
    report_.aside.push_back(std::move(path));
  }

  void cut(const segment_file& s, uint64_t offset) {
    auto file = files_.open(s.path, file_layer::access::write);
    file->truncate(offset);
    file->sync_data();
  }

  std::filesystem::path free_name(const std::filesystem::path& of) {
    auto name = of.string() + std::string{suffix};
    for (int n = 2; files_.exists(name); ++n) name = fmt::format("{}.{}{}", of.string(), n, suffix);
    return name;
  }

  file_layer& files_;
  const std::filesystem::path& folder_;
  std::vector<segment_file> segments_;
  std::optional<segment_reader::place> stay_;
  repair_report report_;
};

}  // namespace

bool is_aside(std::string_view name) { return name.ends_with(suffix); }

repair_report repair_log(file_layer& files, const std::filesystem::path& folder) {
  return repairer{files, folder}.repair();
}

}  // namespace cartwheel
