#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel::forward {

/// Why a connection ended.
enum class close_reason : uint8_t {
  peer_closed,   // the peer had said all it wanted
  cut_short,     // the peer ended in the middle of a message
  malformed,     // what it sent is not Forward, or beyond the bounds
  not_accepted,  // a chunk will never be durable: no ack, so that it is sent again
  unread_acks,   // more acks than limits::ack_buffer_bytes_max, or none taken for limits::stalled_after
  stalled,       // a message begun and not gone on with for limits::stalled_after
  stopped,       // the server was stopped
  socket_error,
};
constexpr size_t close_reason_count = 8;

constexpr std::string_view name_of(close_reason r) {
  constexpr std::string_view names[close_reason_count] = {"peer_closed", "cut_short", "malformed", "not_accepted",
                                                          "unread_acks", "stalled",   "stopped",   "socket_error"};
  return names[static_cast<size_t>(r)];
}

/// Counters of a server, written relaxed by its threads, read by whoever scrapes.
struct counters {
  using counter = std::atomic<uint64_t>;

  counter connections{0};              // accepted, ever
  counter connections_open{0};         // now
  counter connections_turned_away{0};  // above limits::connections_max
  counter chunks{0};                   // handed to the handler
  counter chunks_not_applied{0};       // metrics and traces, acknowledged only
  counter bytes{0};                    // received
  counter acks{0};                     // written or being written
  std::array<counter, close_reason_count> closed{};

  uint64_t closed_by(close_reason r) const { return closed[static_cast<size_t>(r)].load(std::memory_order_relaxed); }
  uint64_t malformed() const { return closed_by(close_reason::malformed); }

  static void add(counter& c, uint64_t n = 1) { c.fetch_add(n, std::memory_order_relaxed); }
};

}  // namespace cartwheel::forward
