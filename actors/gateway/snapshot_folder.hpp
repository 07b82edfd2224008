#pragma once

#include "actors/gateway/watermark_tracker.hpp"
#include "actors/shard/snapshot.hpp"
#include "runtime/base/file_layer.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/metrics.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel {

/// What the way in knows at the cut of a snapshot, and where the log goes on behind it.
struct snapshot_mark {
  position resume{};         // of the first record that is not in it, or not whole
  size_t resume_index = 0;   // how many of that record's events are
  uint16_t shards = 1;       // that have written it
  instant now = before_all;  // the newest time in the log so far
  instant newest_event = before_all;
  watermark_tracker tracker;
  std::string configuration;  // in force at the cut; empty: not known
  uint64_t rests_on = 0;      // how far what it rests on beside the log was durable (rests_on_hook)
  /// The coupon book's bytes (coupon_desk::cut), asked when everything else is written. Empty: there is none.
  std::function<std::string()> coupons{};
};

/// The snapshots of a node, in one folder: the files of each begin with the same name, by where the log goes on behind it.
/// The gateway's part is written last, when all others are durable: what has one is whole. Keeps the last two: should the
/// newest be damaged, there is another, and the log from there on.
/// Runs on: begin and newest on any one thread; the files are made durable on its own.
class snapshot_folder {
 public:
  /// `done` is told how a snapshot ended: below which position the log is not needed any more, or why it failed.
  /// Runs on: the folder's thread.
  using done_hook = std::function<void(position keep, const std::string& error)>;
  /// `rests_on` makes durable what the snapshot rests on beside its files, and says how far that is: it is whole only behind
  /// that, and only together with it.
  /// Errors: whatever it throws fails the snapshot.  Runs on: the folder's thread.
  using rests_on_hook = std::function<uint64_t()>;

  /// Makes the folder, and removes what an earlier process left unfinished.
  /// Errors: std::system_error.
  snapshot_folder(file_layer& files, std::filesystem::path folder, rests_on_hook rests_on, done_hook done);
  ~snapshot_folder();

  struct found {
    std::filesystem::path stem;
    snapshot_mark mark;
  };
  /// The newest whose every block is whole; `complain` hears of those that are not.
  /// Those do not count as kept; they go when the next one is whole.
  std::optional<found> newest(const std::function<void(const std::string&)>& complain);

  /// Begins one at `mark`; null while another is under way.  Errors: std::system_error.
  std::shared_ptr<const snapshot_request> begin(snapshot_mark mark);
  bool under_way() const { return under_way_.load(std::memory_order_acquire); }
  /// Waits until the one under way has ended.
  void wait();

  uint64_t taken() const { return taken_.value(); }
  double last_seconds() const { return static_cast<double>(last_ms_.value()) / 1000; }
  uint64_t last_bytes() const { return static_cast<uint64_t>(last_bytes_.value()); }

 private:
  struct work;
  void complete(std::shared_ptr<work> w);
  position make_durable(const work& w);
  std::vector<std::string> whole() const;
  void remove(const std::string& name);

  file_layer& files_;
  std::filesystem::path folder_;
  rests_on_hook rests_on_;
  done_hook done_;
  std::vector<std::string> damaged_;
  std::atomic<bool> under_way_{false};
  std::mutex mutex_;
  std::thread thread_;  // completes the one under way
  shared_counter taken_;
  gauge last_ms_, last_bytes_;
};

}  // namespace cartwheel
