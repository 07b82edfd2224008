#pragma once

#include <chrono>
#include <csignal>

namespace cartwheel {

/// SIGTERM, SIGINT and SIGHUP, taken out of their asynchronous way: blocked in this thread and those it starts, and waited
/// for. SIGPIPE is ignored: a peer that hangs up is an error of its socket.
/// Runs on: main, before other threads start.
class stop_signals {
 public:
  stop_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set_);
    for (int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, s);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  /// The signal that came within `most`, or 0.
  int wait(std::chrono::milliseconds most) const {
    timespec t{most.count() / 1000, (most.count() % 1000) * 1'000'000};
    int signal = sigtimedwait(&set_, nullptr, &t);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
};

}  // namespace cartwheel
