#include "runtime/journal/segment_rewrite.hpp"

#include "runtime/journal/limits.hpp"
#include "runtime/journal/segment_folder.hpp"

#include <algorithm>
#include <system_error>

namespace cartwheel {
namespace {

/// Calls `work` with each closed segment of a part and its end, oldest first, until it returns false.
void each_closed(file_layer& files, const std::filesystem::path& folder, closed_part part,
                 const std::function<bool(const segment_file&, position end)>& work) {
  auto segments = list_segments(files, folder);
  if (auto wrong = check_chain(segments); !wrong.empty()) throw wrong.front();
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    position end = segments[i + 1].sound_header().previous_end;
    if (end > part.below) return;
    if (end <= part.from) continue;
    try {
      if (!work(segments[i], end)) return;
    } catch (const std::exception&) {
      if (files.exists(segments[i].path)) throw;  // else it was forgotten while it was read
    }
  }
}

/// The new file of one segment, until it is put in the old one's place; if it is not, it goes.
class new_segment {
 public:
  new_segment(file_layer& files, std::filesystem::path path) : files_{files}, path_{std::move(path)} {
    if (files_.exists(path_)) files_.remove(path_);
    file_ = files_.create(path_);
  }
  ~new_segment() {
    if (!file_) return;
    try {
      files_.remove(path_);
    } catch (const std::system_error&) {  // the next start removes it
    }
  }

  /// What stands before the first change, byte for byte.
  void copy_front(const open_file& of, uint64_t bytes) {
    std::string block(std::min<uint64_t>(bytes, limits::segment_block_bytes), '\0');
    while (offset() < bytes) {
      auto part = std::span{block}.first(std::min<uint64_t>(bytes - offset(), block.size()));
      size_t got = of.read_at(offset(), part);
      if (got == 0) throw std::system_error{EIO, std::generic_category(), of.path().string() + ": read"};
      add(std::string_view{block}.substr(0, got));
    }
  }

  void add(const record_header& h, uint64_t mark, std::string_view payload) {
    std::string front(record_header_bytes, '\0');
    encode(h, mark, payload, front.data());
    add(front);
    add(payload);
    add(std::string(record_bytes(payload.size()) - record_header_bytes - payload.size(), '\0'));
  }

  /// Durable, and in its place unless that is gone.
  bool finish(segment_log& log, position first) {
    write_out();
    file_->sync_data();
    bool placed = log.replace_closed(first, path_);
    if (placed) file_.reset();
    return placed;
  }

 private:
  uint64_t offset() const { return written_ + waiting_.size(); }

  void add(std::string_view bytes) {
    waiting_ += bytes;
    if (waiting_.size() >= limits::segment_block_bytes) write_out();
  }

  void write_out() {
    write_fully(*file_, written_, waiting_);
    // In small parts to the disk, so that no sync of the log waits behind all of it.
    file_->write_behind(written_, waiting_.size());
    written_ += waiting_.size();
    waiting_.clear();
  }

  file_layer& files_;
  std::filesystem::path path_;
  std::unique_ptr<open_file> file_;
  uint64_t written_ = 0;
  std::string waiting_;
};

}  // namespace

void read_closed(file_layer& files, const std::filesystem::path& folder, position below,
                 const std::function<bool(const logged_record&)>& visit) {
  each_closed(files, folder, {position{}, below}, [&](const segment_file& segment, position end) {
    auto reader = read_segment(files, segment);
    return read_up_to(reader, end, [&](const segment_reader::entry& e) { return visit(e.record); });
  });
}

rewrite_report rewrite_closed(file_layer& files, const std::filesystem::path& folder, segment_log& log,
                              closed_part part, const payload_change& change, const std::function<bool()>& go_on) {
  rewrite_report report;
  each_closed(files, folder, part, [&](const segment_file& segment, position end) {
    // Its records keep its mark: nobody learns it from a rewritten file who could not from the old one.
    const uint64_t mark = segment.sound_header().mark;
    auto reader = read_segment(files, segment);
    std::optional<new_segment> made;
    uint64_t changed = 0, offset = reader.here().offset;
    position group_first = segment.first;
    bool whole = read_up_to(reader, end, [&](const segment_reader::entry& e) {
      if (!go_on()) return false;
      auto payload = change(e.record);
      if (payload && payload->size() > limits::record_payload_bytes_max)
        throw std::system_error{std::make_error_code(std::errc::value_too_large), segment.path.string()};
      if (payload && !made) {
        made.emplace(files, folder / rewritten_segment_name);
        made->copy_front(reader.file(), offset);
      }
      if (made) {
        const auto& what = e.record.what;
        std::string_view bytes = payload ? *payload : what.payload.bytes;
        made->add({static_cast<uint32_t>(bytes.size()), e.record.at, group_first, e.durable_below, what.received,
                   what.kind, what.format, e.record.closes_group},
                  mark, bytes);
      }
      changed += payload.has_value();
      offset += e.bytes;
      if (e.record.closes_group) group_first = next(e.record.at);
      return true;
    });
    if (whole && made && made->finish(log, segment.first)) {
      ++report.segments;
      report.records += changed;
    }
    return whole;
  });
  return report;
}

}  // namespace cartwheel
