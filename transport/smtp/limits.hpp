#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The bounds of the way to a relay. Source of the timeouts: RFC 5321 section 4.5.3.2, shortened where the relay is ours.
namespace cartwheel::smtp::limits {

/// Mails pulled and not finished per connection: what can be in doubt after a crash, and what one lost connection sends
/// back.
constexpr size_t mails_ahead_max = 16;

/// A connection that has so few mails left asks for more: what it sends while their intents are synced.
constexpr size_t mails_left_low = 8;

/// Mails pulled by a connection at once, at most. The first batch leaves room for a second that is synced while it is sent.
constexpr size_t intents_batch_max = 12;
static_assert(mails_ahead_max - mails_left_low <= intents_batch_max && intents_batch_max <= mails_ahead_max);

/// When one connection asks, all ask that have room for so many: one sync serves them all.
constexpr size_t intents_batch_min = 4;

/// Mails under way at once in a BDAT window, by default. A window hides the round trip only: a relay makes one durable
/// after the other, and each of them is in doubt when the connection breaks. At most mails_ahead_max.
constexpr size_t window_mails = 8;
static_assert(window_mails <= mails_ahead_max);

/// Bytes of a BDAT window that have no reply yet, one mail however large excepted: a server may hold its replies back
/// while input keeps coming, and we hold what was not answered.
constexpr size_t window_bytes_max = 256 * 1024;

/// Content up to this many bytes leaves in one write with its final dot and the next envelope. More is written in
/// pieces of this size, the dot in the last write alone, so that a recall can come between. A TLS record is 16 KiB, a
/// reminder 4 to 60 KiB.
constexpr size_t content_piece_bytes = 64 * 1024;

/// Commands in flight on one connection, as a sum: content or lone dot, RSET, MAIL, RCPT, DATA.
constexpr size_t commands_in_flight_max = 1 + 1 + 3;

/// The same in a BDAT window: RSET, MAIL, RCPT and BDAT of each mail.
constexpr size_t window_commands_max = 4 * mails_ahead_max;

/// Bytes of one reply, all its lines. RFC 5321 says 512 a line; an EHLO reply has some twenty.
constexpr size_t reply_bytes_max = 64 * 1024;

/// Bytes of a reply's text kept in an outcome.
constexpr size_t outcome_text_bytes_max = 512;

/// Bytes of an address in an envelope: RFC 5321 section 4.5.3.1.3 gives a path 256, brackets included.
constexpr size_t address_bytes_max = 254;

/// Bytes of an ENVID in xtext. Source: RFC 3461 section 4.4.
constexpr size_t envelope_id_bytes_max = 100;

/// Connections of one pool. Postfix lets a client have 50 (smtpd_client_connection_count_limit).
constexpr size_t connections_max = 50;

/// Bytes read at once: a whole flight's replies and more.
constexpr size_t read_bytes = 4096;

constexpr std::chrono::seconds connect_timeout{10};
constexpr std::chrono::seconds banner_timeout{30};
constexpr std::chrono::seconds command_timeout{30};
constexpr std::chrono::seconds data_block_timeout{
  60};                                           // without the peer taking a byte, or the intent becoming durable
constexpr std::chrono::seconds quit_timeout{5};  // nothing rides on it

/// RFC 5321 section 4.5.3.2.6. Shorter makes duplicates: the relay may be accepting the mail all the while.
constexpr std::chrono::seconds final_dot_timeout{600};

/// TLS: two round trips and the work of a signature, on a machine that may be busy.
constexpr std::chrono::seconds handshake_timeout{15};

constexpr std::chrono::seconds idle_max{15};
constexpr uint32_t connection_mails_max = 1000;
constexpr std::chrono::seconds connection_age_max{300};

/// Backoff between connection attempts, full jitter: uniform between nothing and 1, 2, 4 ... 60 s.
constexpr std::chrono::milliseconds backoff_first{1000};
constexpr std::chrono::milliseconds backoff_max{60'000};

/// Failures in a row until the breaker opens: after those, one connection with one mail decides.
constexpr uint32_t failures_to_open = 5;

/// Recipients of which the breaker knows whether the relay refused them for policy, and how many of those in a hundred are
/// too many. "Relay access denied" to everybody must stop the sending, not use up the mails.
constexpr size_t recipients_remembered = 50;
constexpr size_t policy_refusals_percent = 20;

/// Connections up to which a pool grows with each mail that is judged.
constexpr size_t slow_start_connections = 4;

/// Replies to content whose times a pool remembers, and the time below which it does not care whether they got slower.
constexpr size_t replies_remembered = 64;
constexpr std::chrono::milliseconds reply_unnoticed{20};

/// A relay that pushes back says so on many connections at once; within this time it is one push.
constexpr std::chrono::milliseconds push_back_apart{1000};

/// Mails a second below which a throttling relay is not followed down, and how long its word that the day's quota is used
/// up is believed.
constexpr double rate_min = 0.1;
constexpr std::chrono::hours day_quota_pause{1};

/// How long a relay that answered out of step is spoken to in lock-step.
constexpr std::chrono::hours lock_step_time{1};

/// Connections in a row that were cut in the middle of a pipelined flight until the relay is believed not to pipeline.
constexpr uint32_t cut_flights_max = 3;

/// Bytes handed to TLS while the socket has taken all before them: one record (RFC 8446 section 5.1). What TLS has
/// cannot be taken back, so a relay that does not read holds at most this much beyond recall.
constexpr size_t tls_handed_over_bytes_max = 16 * 1024;

/// Mechanisms kept of an AUTH announcement. Servers have up to ten.
constexpr size_t auth_mechanisms_max = 32;

/// Bytes of a user's name, a password or a token. Microsoft's tokens have some 2 KiB; with its base64 the AUTH line stays
/// within the 12,288 octets of RFC 4954 section 4.
constexpr size_t credential_bytes_max = 8 * 1024;

/// Challenges of one login: LOGIN and SCRAM have two, a third is an error.
constexpr int auth_challenges_max = 8;

/// Of SCRAM-SHA-256: RFC 7677 section 4 asks for 4096 at least; the most takes some 0.5 s of the pool's thread.
constexpr uint32_t scram_iterations_min = 4096;
constexpr uint32_t scram_iterations_max = 1'000'000;

/// MAIL refused for good that often in a row on one connection: the sender is not welcome, further tries are noise.
constexpr uint32_t sender_refusals_max = 5;

}  // namespace cartwheel::smtp::limits
