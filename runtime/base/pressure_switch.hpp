#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

namespace cartwheel {

/// Follows a condition that many threads change, as reading from senders follows what waits to be worked off.
/// Whatever the threads do at once, its turns are told one after the other, in turn on and off, and behind the last change
/// that was followed by a look() it stands as that change wants.
/// Runs on: any thread.  Cost: one atomic operation a look; a lock only to turn.
class pressure_switch {
 public:
  /// `wanted`: how it should stand, as it stands now (for what is turned off later than on); runs in look(), on several
  /// threads at once. `turned`: told of each turn, under a lock; must not look.
  pressure_switch(std::function<bool(bool on)> wanted, std::function<void(bool on)> turned);

  /// To be called behind each change.
  void look();

 private:
  std::function<bool(bool)> wanted_;
  std::function<void(bool)> turned_;
  std::atomic<uint8_t> on_{0};
  std::mutex mutex_;
};

}  // namespace cartwheel
