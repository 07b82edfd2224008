#pragma once

#include "transport/smtp/breaker.hpp"
#include "transport/smtp/mail_feed.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel::smtp {

enum class connection_state : uint8_t { connecting, greeting, idle, busy, quitting };

constexpr size_t connection_states = 5;
constexpr size_t verdicts = 5;
constexpr size_t recall_points = 4;

/// Label values of the metrics.
constexpr std::string_view label(verdict v) {
  constexpr std::array<std::string_view, verdicts> names{"accepted", "rejected", "deferred", "in_doubt", "recalled"};
  return names[static_cast<size_t>(v)];
}
constexpr std::string_view label(recall_point p) {
  constexpr std::array<std::string_view, recall_points> names{"queue", "envelope", "content", "too_late"};
  return names[static_cast<size_t>(p)];
}
constexpr std::string_view label(connection_state s) {
  constexpr std::array<std::string_view, connection_states> names{"connecting", "greeting", "idle", "busy", "quitting"};
  return names[static_cast<size_t>(s)];
}

constexpr std::string_view label(breaker_state s) {
  constexpr std::array<std::string_view, 3> names{"closed", "open", "half_open"};
  return names[static_cast<size_t>(s)];
}

/// What relay_counters held at some moment; indexed by the enums' values.
struct relay_stats {
  std::array<uint64_t, verdicts> messages{};
  std::array<uint64_t, recall_points> recalls{};
  std::array<uint64_t, connection_states> connections{};
  uint64_t round_trips = 0;
  uint64_t connects = 0;           // connections that were made
  uint64_t connect_failures = 0;   // not made, or refused before any mail
  uint64_t login_failures = 0;     // of them, because the relay does not take our credentials
  uint64_t lock_step_changes = 0;  // times the relay was found not to pipeline as announced
  uint64_t chunking_changes = 0;   // times it was found not to take chunks as announced
  uint64_t throttled = 0;          // mails it put off because they came too fast
  uint64_t connections_wanted = 0;
  uint64_t mails_per_hour = 0;  // it is found to take at most, 0: not found
  breaker_state breaker = breaker_state::closed;

  uint64_t of(verdict v) const { return messages[static_cast<size_t>(v)]; }
  uint64_t of(recall_point p) const { return recalls[static_cast<size_t>(p)]; }
  uint64_t of(connection_state s) const { return connections[static_cast<size_t>(s)]; }
};

/// Counted by the pool's executor alone, read by anyone: relaxed, and no read-modify-write on the hot path.
struct relay_counters {
  using counter = std::atomic<uint64_t>;
  std::array<counter, verdicts> messages{};
  std::array<counter, recall_points> recalls{};
  std::array<counter, connection_states> connections{};
  counter round_trips{0};
  counter connects{0};
  counter connect_failures{0};
  counter login_failures{0};
  counter lock_step_changes{0};
  counter chunking_changes{0};
  counter throttled{0};
  counter connections_wanted{0};
  counter mails_per_hour{0};
  counter breaker{0};

  /// Adds to a counter of a single writer; `n` may be the two's complement of a negative number.
  static void set(counter& c, uint64_t value) { c.store(value, std::memory_order_relaxed); }
  static void add(counter& c, uint64_t n = 1) {
    c.store(c.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  relay_stats read() const {
    relay_stats s;
    for (size_t i = 0; i < verdicts; ++i) s.messages[i] = messages[i].load(std::memory_order_relaxed);
    for (size_t i = 0; i < recall_points; ++i) s.recalls[i] = recalls[i].load(std::memory_order_relaxed);
    for (size_t i = 0; i < connection_states; ++i) s.connections[i] = connections[i].load(std::memory_order_relaxed);
    s.round_trips = round_trips.load(std::memory_order_relaxed);
    s.connects = connects.load(std::memory_order_relaxed);
    s.connect_failures = connect_failures.load(std::memory_order_relaxed);
    s.login_failures = login_failures.load(std::memory_order_relaxed);
    s.lock_step_changes = lock_step_changes.load(std::memory_order_relaxed);
    s.chunking_changes = chunking_changes.load(std::memory_order_relaxed);
    s.throttled = throttled.load(std::memory_order_relaxed);
    s.connections_wanted = connections_wanted.load(std::memory_order_relaxed);
    s.mails_per_hour = mails_per_hour.load(std::memory_order_relaxed);
    s.breaker = static_cast<breaker_state>(breaker.load(std::memory_order_relaxed));
    return s;
  }
};

}  // namespace cartwheel::smtp
