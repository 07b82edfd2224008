#pragma once

#include "runtime/base/file_layer.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/journal/limits.hpp"
#include "runtime/journal/segment_folder.hpp"

#include <atomic>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace cartwheel {

/// What a start found in a log's folder.
struct opened_report {
  position begin{};
  position end{};
  size_t segments = 0;
  uint64_t bytes = 0;           // of their files
  std::optional<cut_tail> cut;  // of the last one
  bool fresh = false;           // there was no log; there is one now
};
std::string to_string(const cut_tail& cut);

/// The durable log: a folder of preallocated segment files, one writer (docs/journal-format.md).
///
/// What makes a torn tail and damage two things: each record tells below which position all was synced when it was written,
/// a group never spans two segments, and a segment gets its name only when all before it is synced. So what a crash may
/// have torn is in the last segment, and a hole that a later record knows to have been synced is damage.
///
/// Errors: after the first one, whatever it was, everything but begin() and end() throws (journal: the log must not be
/// used any more). truncate_below is told by the next append: it runs where nobody expects it to fail.
/// Bounds: docs/journal-format.md, How much disk.
/// Runs on: as journal says.
class segment_log final : public journal {
 public:
  struct options {
    uint64_t segment_bytes = limits::segment_bytes;
    /// Forgotten records stay readable for so long, by the times they were received (back-tests read them).
    milliseconds keep = std::chrono::days{7};
    /// Where an empty folder's log begins.
    position first{1};
  };

  /// Opens the log in `folder`, which is made when its parent exists; cuts a torn tail.
  /// Errors: std::system_error from the file system; log_damage (a std::runtime_error) naming file, offset and position.
  segment_log(file_layer& files, std::filesystem::path folder, options o);
  segment_log(file_layer& files, std::filesystem::path folder) : segment_log{files, std::move(folder), options{}} {}

  const opened_report& opened() const { return opened_; }

  position append(std::span<const record> group, bool synced) override;
  void sync() override;
  void read_from(position from, const std::function<bool(const logged_record&)>& visit) const override;

  /// Removes the oldest segment when all of it is below `keep` and older than options::keep, measured against the newest
  /// record; one a call, and its space comes free during the next ones, so that nobody waits long.
  void truncate_below(position keep) override;
  void skip_to(position to) override;
  bool begins_anew() const override;
  position begin() const override;
  position end() const override { return end_; }

  /// The next append begins a new segment: all that is in the log by then lies in closed ones.  Runs on: any thread.
  void close_segment() { close_asked_.store(true, std::memory_order_release); }
  /// Where the segment begins that is appended to; nothing below changes but by replace_closed.  Runs on: any thread.
  position closed_below() const { return position{closed_below_.load(std::memory_order_acquire)}; }
  /// Puts a file with the same records and other payloads in the place of a closed segment (segment_rewrite.hpp), durably.
  /// False: the segment was forgotten meanwhile.  Runs on: any thread, while another appends.
  /// Errors: std::system_error; the log itself goes on then.
  bool replace_closed(position first, const std::filesystem::path& with);

 private:
  struct sealed_segment {
    segment_file file;
    position end{};
    instant newest = before_all;  // received time of its last record, or an older one of a later segment
  };

  void open_last(segment_file last);
  void write_again(uint64_t begin, uint64_t end);
  void make_room(uint64_t group_bytes);
  void begin_segment(position first, uint64_t bytes);
  void write_group(std::span<const record> group, bool synced);
  void add_zeros(uint64_t end);
  void sync_active();
  void send();
  void drop_cached();
  void lay_out(std::span<const record> group);
  void remove_oldest();
  void release_some();
  void seal(segment_file segment, position end, instant newest);
  bool forgettable(const sealed_segment& oldest, position keep) const;
  [[noreturn]] void refuse() const;

  file_layer& files_;
  std::filesystem::path folder_;
  options options_;
  opened_report opened_;
  std::deque<sealed_segment> sealed_;
  segment_file active_;
  std::shared_ptr<open_file> file_;  // active_'s
  uint64_t offset_ = 0;              // where its next group goes
  uint64_t sent_ = 0;                // up to here it was synced, or is on its way to the disk
  uint64_t dropped_ = 0;             // up to here its pages have left the cache
  uint64_t zeroed_ = 0;              // up to here the file's blocks were written before
  position end_{};
  position durable_{};
  instant newest_ = before_all;
  std::unique_ptr<open_file> leaving_;  // removed, and still holding space
  std::optional<std::system_error> broken_;
  std::mutex replacing_;  // a segment is not forgotten while another file takes its place
  std::atomic<bool> close_asked_{false};
  std::atomic<uint64_t> closed_below_{0};
  std::string headers_;                   // scratch of lay_out, and
  std::vector<std::string_view> pieces_;  // what it has made of a group
};

}  // namespace cartwheel
