#pragma once

#include "actors/campaign/campaign_kind.hpp"
#include "actors/campaign/reason.hpp"
#include "actors/consent/address_news.hpp"
#include "actors/event/event.hpp"
#include "runtime/metrics.hpp"

#include <array>

namespace cartwheel {

/// What became of an event: label `result` of cartwheel_events_total.
enum class event_result : uint8_t { applied, duplicate, ignored, refused };
constexpr size_t event_result_count = 4;
std::string_view to_string(event_result r);

/// Seconds between a step's coming up and its decision: whole ticks in a replay, tens of milliseconds live.
constexpr std::array<double, 10> lateness_bounds{0.05, 0.1, 0.25, 0.5, 1, 1.2, 2, 5, 60, 3600};

/// Seconds from a withdrawal's coming in to its effect.
constexpr std::array<double, 9> withdrawal_bounds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 10, 60};

/// One shard's counts. Raised on its thread alone, read by any.
struct shard_metrics {
  std::array<std::array<counter, event_result_count>, event_kind_count> events;
  std::array<std::array<counter, reason_count>, 3> decisions;  // by outcome
  gauge carts;                                                 // open in memory
  gauge parked;                                                // open, in the store
  gauge timers;
  gauge due_5m, due_15m, due_60m;
  gauge held;                        // steps that wait for news of their shop
  gauge claims;                      // not settled yet, but for those that are held
  gauge in_doubt;                    // reminders that are held or go out again; and those that operators have dropped
  gauge persons, addresses, orders;  // in memory
  gauge persons_parked, addresses_parked, orders_parked;
  counter cart_failures;
  counter carts_opened;
  counter carts_brought_back;                          // from the parking
  counter carts_abandoned;                             // whose first step came up
  std::array<counter, cart_stage_count> abandoned_at;  // likewise, by how far they had come
  counter deferred;                                    // steps that came up at a time of day at which no mail leaves
  counter recovered;
  counter ends_untold;               // of carts: too many at once for the history
  counter records_unmatched;         // decisions in the log whose cart was not as they say, in recovery
  std::array<counter, 8> reminders;  // by settlement
  std::array<counter, address_news_count> suppressed;  // addresses, by why
  histogram lateness{lateness_bounds};
  histogram withdrawal_effective{withdrawal_bounds};

  /// What was counted while the log was read again was counted before.
  void forget_counts() {
    for (auto& kind : events)
      for (auto& n : kind) n.reset();
    for (auto& outcome : decisions)
      for (auto& n : outcome) n.reset();
    for (auto& n : suppressed) n.reset();
    for (auto& n : abandoned_at) n.reset();
    for (auto* n : {&cart_failures, &carts_opened, &carts_abandoned, &deferred, &recovered}) n->reset();
  }

  void count(event_kind kind, event_result result, uint64_t n = 1) {
    events[static_cast<size_t>(kind)][static_cast<size_t>(result)].add(n);
  }
  void count(decision_outcome outcome, reason why) {
    decisions[static_cast<size_t>(outcome)][static_cast<size_t>(why)].add();
  }
};

}  // namespace cartwheel
