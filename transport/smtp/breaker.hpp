#pragma once

#include "transport/smtp/mail_feed.hpp"

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace cartwheel::smtp {

enum class breaker_state : uint8_t { closed, open, half_open };

struct breaker_options {
  std::chrono::milliseconds backoff_first;
  std::chrono::milliseconds backoff_max;
  uint64_t seed = 0;  // of the jitter
};

/// Whether a relay is worth a connection now.
///
/// Each failure in a row doubles the pause before the next attempt, with full jitter, so that many clients of a relay
/// that comes back do not come back together. From limits::failures_to_open on the breaker is open; then, after the pause,
/// half open: one connection with one mail decides. A relay that refuses more than a fifth of the last
/// limits::recipients_remembered recipients for reasons of its own (policy) opens it too: it is misconfigured, and each
/// further mail would be lost to it.
class breaker {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit breaker(breaker_options options);

  /// No connection, no greeting, no login, no mail taken at MAIL.
  void failed(time_point now);
  /// It refused who we are. Each try with such credentials brings us nearer to being locked out: the jitter leaves at
  /// least half of the pause.
  void turned_away(time_point now);
  /// It said its word about a mail.
  void worked();
  /// The relay answered RCPT, or refused the recipient later.  Returns whether that was one refusal too many.
  bool recipient_judged(bool for_policy, time_point now);

  bool failing() const { return failures_ != 0; }
  time_point not_before() const { return not_before_; }
  breaker_state state(time_point now) const;

 private:
  void wait(time_point now, bool half_at_least = false);

  breaker_options options_;
  std::mt19937_64 random_;
  uint32_t failures_ = 0;  // in a row
  time_point not_before_{};
  std::bitset<64> policy_;  // of the last recipients
  size_t next_ = 0;
  size_t remembered_ = 0;
};

}  // namespace cartwheel::smtp
