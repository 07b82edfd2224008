#pragma once

#include "actors/shard/router.hpp"
#include "actors/shard/shard_observer.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/journal/segment_log.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace cartwheel {

class erased_people;

/// What /metrics tells of erasures.
struct erasure_figures {
  uint64_t pending = 0;
  uint64_t done = 0;
  milliseconds oldest_pending{0};  // since its `erase` was received; 0 when none is pending
};

/// Takes erased people out of the log that is kept: what recovery does not read any more is rewritten without them. State
/// has forgotten them at once, snapshots with the next two (docs/decisions/0005-erasing-from-the-log.md).
/// An `erase` event that can be read in the log is pending; it is rewritten last, so nothing else need be remembered.
/// Runs on: a thread of its own, behind everybody else; note(), figures() and stop() on any.
/// Errors: a disk that fails is told to `broke`; a log that cannot be read is logged, and tried again.
class eraser {
 public:
  struct hooks {
    std::function<position()> needed_from;  // recovery reads nothing below
    std::function<void()> want_snapshot;    // so that it reads less
    std::function<void(const std::string&)> broke;
    std::function<void(const erased_people&)> erased =
      {};  // what else remembers them beside log and state; may be empty
  };

  /// Before anything is appended. `after`: so long an erasure may wait for others, since each run reads all of the log.
  eraser(file_layer& files, std::filesystem::path folder, segment_log& log, const clock_source& clock,
         const node_hash_keys& keys, milliseconds after, hooks h);
  ~eraser() { stop(); }

  /// An `erase` event has come into the log.
  void note(event_place at, instant received);
  erasure_figures figures() const;
  void stop();

 private:
  void run();
  void rest();
  void find_pending();
  void note_in(const logged_record& r);
  void step();
  void carry_out(position below);
  std::optional<event_place> newest_if_due();
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }

  file_layer& files_;
  std::filesystem::path folder_;
  segment_log& log_;
  const clock_source& clock_;
  const node_hash_keys& keys_;
  milliseconds after_;
  hooks hooks_;
  mutable std::mutex mutex_;
  std::map<event_place, instant> pending_;
  uint64_t done_ = 0;
  // Of the run that is due: the newest erasure that it is to reach, and where the segment with it ends.
  std::optional<event_place> due_;
  std::optional<position> closed_at_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cartwheel
