#pragma once

#include <atomic>
#include <cstdint>

namespace cartwheel::http {

/// Counters of a server, written relaxed by its threads, read by whoever scrapes.
struct counters {
  using counter = std::atomic<uint64_t>;

  counter connections{0};              // accepted, ever
  counter connections_open{0};         // now
  counter connections_turned_away{0};  // above the bound
  counter requests{0};                 // handed to the handler
  counter refused{0};                  // answered by the server itself: malformed, too large, too busy
  counter unanswered{0};               // the handler gave no answer, or none in time
  counter timeouts{0};                 // clients too slow to send or to read

  static void add(counter& c, uint64_t n = 1) { c.fetch_add(n, std::memory_order_relaxed); }
};

}  // namespace cartwheel::http
