#pragma once

#include "app/load/latency_histogram.hpp"
#include "app/load/load_events.hpp"
#include "app/load/load_pace.hpp"
#include "runtime/base/clock.hpp"
#include "transport/forward/forward_client.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cartwheel {

/// What one connection of a load run is to do.
struct load_plan {
  forward::client_options to;
  load_share share;
  load_pace pace;
  uint64_t events = 0;  // at least 1
};

/// What it did. Times are of the steady clock; `first_sent` is its epoch when nothing was sent.
struct load_totals {
  uint64_t sent_events = 0;
  uint64_t sent_bytes = 0;
  uint64_t acked_events = 0;
  std::chrono::steady_clock::time_point first_sent{};
  std::chrono::steady_clock::time_point last_acked{};
  latency_histogram acks;
  std::string error;  // empty: everything was sent and acknowledged, or stop() was called
};

/// One connection that sends load: encodes ahead while it waits for acks, and keeps to its pace.
/// Bounds: plan.to.window chunks and limits::load_ahead_bytes_max encoded ahead.
/// Runs on: the threads of the io_context.  Lifetime: destroy it when no thread runs the io_context any more, and before it.
class load_sender {
 public:
  /// `ended` is called once, on an io thread.
  load_sender(boost::asio::io_context& io, const clock_source& clock, load_plan plan, std::function<void()> ended);
  ~load_sender();
  load_sender(const load_sender&) = delete;
  load_sender& operator=(const load_sender&) = delete;

  void start();
  void stop();

  /// Any thread, any time.
  uint64_t acked_events() const;
  /// Once `ended` was called.
  const load_totals& totals() const;

 private:
  struct implementation;
  std::unique_ptr<implementation> self_;
};

}  // namespace cartwheel
