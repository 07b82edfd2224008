#pragma once

#include "runtime/metrics.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// What became of a claimed reminder: label `outcome` of cartwheel_reminders_total. Each claim counts once, under one; one
/// that is sent again after no answer came counts as in doubt each time, and then under what came of it.
enum class reminder_outcome : uint8_t {
  accepted,        // the relay or the Maildir has it
  rejected,        // refused for good, or put off once too often
  expired,         // its not-after time passed while it waited
  recalled,        // taken back, here or while its shard still had it
  refused,         // by the soft gate
  template_error,  // no mail could be made of it
  in_doubt,        // offered, and no answer came
  shadow,          // its address is not among those of a trial
};
constexpr size_t reminder_outcome_count = static_cast<size_t>(reminder_outcome::shadow) + 1;

constexpr std::string_view label_of(reminder_outcome o) {
  constexpr std::array<std::string_view, reminder_outcome_count> names{
    "accepted", "rejected", "expired", "recalled", "refused", "template_error", "in_doubt", "shadow"};
  return names[static_cast<size_t>(o)];
}

/// Label `at` of cartwheel_recalled_total.
constexpr size_t recalled_at_count = 3;
constexpr std::array<std::string_view, recalled_at_count> recalled_at_labels{"queue", "envelope", "content"};

/// Counted by the mailer's thread alone, read by anyone.
struct mailer_metrics {
  std::array<counter, reminder_outcome_count> reminders;
  std::array<counter, recalled_at_count> recalled;  // in the order of recalled_at_labels
  counter recalls_too_late;                         // their final dot was out, or they were settled already
  counter retries;                                  // put off by a reply, to be tried again later
  counter sender_pauses;                            // begun: a relay refused a shop's sender again and again
  counter outlet_failures;                          // of the Maildir: disk full, folder gone
  gauge in_doubt;                                   // dropped, so nobody will ever know; those of in_doubt = "drop"
  gauge ready;                                      // past the soft gate, waiting for the outlet
  gauge sending;                                    // with the outlet
  gauge deferred;                                   // waiting for their next try
  gauge credit;                                     // granted to shards and not come back

  uint64_t of(reminder_outcome o) const { return reminders[static_cast<size_t>(o)].value(); }
};

}  // namespace cartwheel
