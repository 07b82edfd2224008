#pragma once

#include "transport/smtp/limits.hpp"

#include <array>
#include <chrono>
#include <cstddef>

/// The bounds of the way from a shard's claims to the outlet. Units: reminders unless said otherwise.
namespace cartwheel::limits {

/// Granted, past the soft gate or with the outlet, per SMTP connection: what the connection holds, and as much again, so
/// that it need not wait for a shard. More would only grow old here: what waits at its shard is recalled for free.
constexpr size_t ready_per_connection = 2 * smtp::limits::mails_ahead_max;

/// The same for a Maildir: a batch being delivered, one whose intents are being written, and two on their way.
constexpr size_t maildir_batch_max = 16;
constexpr size_t ready_for_maildir = 4 * maildir_batch_max;

/// Put off by a reply and waiting for their next try, 1-2 KiB each; kept apart, so that a domain that greylists does not
/// hold up the others. More of them take room from fresh ones.
constexpr size_t deferred_max = 4096;

/// Mails that a signing thread takes at once, 2 to 8 ms of RSA: few enough that all threads have some.
constexpr size_t sign_batch_max = 8;

/// Tries at one reminder that a reply put off. Source: research on relays; RFC 5321 section 4.5.4.1 asks for more patience
/// of relays, but we only submit, and a cart's reminder is worth little the day after.
constexpr unsigned tries_max = 8;

/// Until the next try, less or more a fifth; the last one repeats.
constexpr std::array<std::chrono::minutes, 5> try_again_after{std::chrono::minutes{2}, std::chrono::minutes{5},
                                                              std::chrono::minutes{15}, std::chrono::minutes{30},
                                                              std::chrono::minutes{60}};

/// Connections in a row that broke over one mail before its content was offered until that counts as a try: it may be
/// the mail that breaks them.
constexpr unsigned lost_connections_max = 8;

/// A relay refuses a shop's sender that often in a row: their mails pause, at first and at most for so long.
constexpr unsigned sender_refusals_max = 5;
constexpr std::chrono::minutes sender_pause_first{5};
constexpr std::chrono::minutes sender_pause_max{60};

/// With in_doubt = "resend": after so many offers without an answer a mail is not sent again. Each may have been accepted.
constexpr unsigned doubts_max = 3;

/// Pause of a Maildir that failed, doubled each time. Units: real time.
constexpr std::chrono::milliseconds maildir_pause_first{1000};
constexpr std::chrono::milliseconds maildir_pause_max{60'000};

/// How often, at most, a clock is asked whether the next try is due. Units: real time. (A clock moved by hand cannot say
/// how long to sleep.)
constexpr std::chrono::milliseconds clock_asked_every{10};

/// At most one line in the log for each kind of failure and this long. Units: the clock's time.
constexpr std::chrono::minutes failure_line_every{1};

static_assert(ready_for_maildir >= 2 * maildir_batch_max);

}  // namespace cartwheel::limits
