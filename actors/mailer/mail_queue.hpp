#pragma once

#include "actors/mailer/failure_log.hpp"
#include "actors/mailer/mail_renderer.hpp"
#include "actors/mailer/mail_signer.hpp"
#include "actors/mailer/mailer.hpp"
#include "actors/mailer/ready_queue.hpp"
#include "actors/mailer/send_paces.hpp"
#include "actors/mailer/sender_pauses.hpp"
#include "transport/smtp/mail_feed.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cartwheel {

/// The reminders between the soft gate and their settlement, and what becomes of them: no threads, no sockets.
///
/// A reminder is ready, with the outlet, or deferred (put off until its next try, or until its turn where shops or mail
/// hosts have a rate). Fresh ones leave by turns of shop and mail host (ready_queue), behind those whose next try has come
/// and those that came back unoffered. One that was wanted back while it was
/// with the outlet never leaves again, even where the recall came too late for the try under way. One that falls in doubt
/// goes back to its shard, with the rest of its fate (options.in_doubt); should it come again, it brings its bytes along.
///
/// With options.dkim a mail is rendered and signed before it is ready, and is signed again for each try (the bytes are the
/// same): while it waits for that it is recalled as one that is ready. What it says was fixed at the soft gate in any case.
///
/// Runs on: the mailer's thread.  Cost: about 150 B a reminder beside its texts; a set's depth to move one.
class mail_queue {
 public:
  using mail_id = smtp::mail_id;

  struct pulled_mail {
    mail_id id{};
    rendered_mail mail;
    std::string envelope_id{};  // what a report about it may name it by (bounce_tokens); the same for each try
  };

  /// `options` outlive it.
  mail_queue(const mailer_options& options, const clock_source& clock, mailer_metrics& metrics);

  // From the shards.

  void offer(due_reminder r);
  void refused(const question& q, reason why);
  void interrupted(const question& q, uint32_t doubts, bool mail_is_kept);
  /// `ask_outlet` takes the mail back if the outlet has it; unless too late, recalled() follows, later.
  void recall(const claim_id& claim, const std::function<smtp::recall_point(mail_id, size_t relay)>& ask_outlet);

  // From the outlet. Each mail pulled ends in one of these that say what became of it.

  /// Mails that want a signature, at most `most`, in their order; each ends in signed_as().
  std::vector<mail_to_sign> take_to_sign(size_t most);
  void signed_as(signed_mail m);

  /// The next mail for this relay (by its place in options.relays), rendered now unless it was for its signature. What is too
  /// late for it, or cannot be rendered, is settled on the way.
  std::optional<pulled_mail> pull(size_t relay = 0);
  /// The hard gate: whether nobody has wanted it back. If so, its content may be offered from here on.
  bool may_send(mail_id id);
  /// For the intents of mails that were pulled; each is closed by the mail's settlement, or by `not_sent` when it comes
  /// back.
  std::vector<settled_reminder> intents_of(const std::vector<mail_id>& ids);

  void accepted(mail_id id);
  /// Refused for good. `reply` goes to the log; `news`: what it says of the address.
  void rejected(mail_id id, std::string_view reply, address_news news = address_news::none);
  /// Refused for now: one try is used up.
  void put_off(mail_id id, std::string_view reply);
  /// Not offered, by no fault of its own: to the front.
  void give_back(mail_id id);
  /// Its connection broke over it before its content was offered: to the front, but not for ever.
  void connection_lost(mail_id id, std::string_view what);
  /// The relay refused its sender: to the front, or the shop's mails pause there.
  void sender_refused(mail_id id, std::string_view reply);
  void in_doubt(mail_id id, std::string_view what);
  /// `at` is where, if recall() had not heard it from the outlet: the hard gate said no.
  void recalled(mail_id id, smtp::recall_point at);

  // What it wants.

  bool has_settled() const { return !settled_.empty(); }
  std::vector<settled_reminder> take_settled() { return std::exchange(settled_, {}); }
  /// Whether pull() could have something for this relay.
  bool has_some(size_t relay = 0) const;
  /// When the next of the deferred is due, or a pause ends.
  std::optional<instant> next_try() const;

  size_t ready() const { return ready_.size() + unsigned_.size() + being_signed_; }
  /// Of those, the ones that are rendered.
  size_t rendered() const { return ready_.size() + being_signed_; }
  size_t sending() const { return held_.size() - ready() - deferred_.size(); }
  size_t deferred() const { return deferred_.size(); }

  failure_log& failures() { return failures_; }

 private:
  struct held {
    due_reminder reminder;
    std::optional<instant> date;  // of the mail: set at its first rendering, the same for each try
    instant next_try{};           // deferred
    size_t relay = 0;             // that has it, or had it last
    ready_queue::lane lane{};
    unsigned tries = 0;                    // used up
    unsigned lost = 0;                     // connections in a row
    std::optional<given_coupon> coupon{};  // of its mail, once that was rendered
    std::optional<rendered_mail> signed_mail{};
    bool was_out = false;  // with the outlet, before
    bool is_ready = false;
    bool is_unsigned = false;
    bool is_being_signed = false;
    bool is_deferred = false;
    bool has_turn = false;     // its shop's and its host's pace have been asked
    bool intended = false;     // an intent in the log waits for what comes of it
    bool offered = false;      // its content may have been
    bool wanted_back = false;  // recalled while it was with the outlet
    std::optional<smtp::recall_point> caught_at;
  };
  held& at(mail_id id);
  std::optional<uint64_t> next_out(size_t relay) const;
  pulled_mail pulled(uint64_t id, const held& h, rendered_mail m) const;
  bool may_go(size_t relay, const std::string& shop) const;
  bool waits_for_turn(uint64_t id, held& h, instant now);
  in_doubt_policy policy_of(size_t relay) const;
  void take_up_due();
  void make_ready(uint64_t id, held& h);
  bool wants_signature(const held& h) const;
  instant now_for(const held& h) const { return options_.event_clock ? h.reminder.decided : clock_.now(); }
  bool expire(uint64_t id, held& h);
  void refuse(uint64_t id, held& h, std::string_view why);
  void take_off_lists(uint64_t id, held& h);
  void settle(mail_id id, settlement how, reason why, reminder_outcome outcome, address_news news = address_news::none);
  void close_intent(held& h);
  void give_up(mail_id id, reason why, reminder_outcome outcome);
  built_mail content_of(held& h);
  bool with_coupon(uint64_t id, held& h);
  bool coupon_went_stale(const held& h) const;
  static settlement in_doubt_as(in_doubt_policy policy, uint32_t doubts, bool mail_is_kept);
  void settle_recalled(mail_id id, smtp::recall_point at);
  bool has_gone_back(mail_id id);
  void say(std::string_view kind, const held& h, std::string_view what);

  const mailer_options& options_;
  const clock_source& clock_;
  mailer_metrics& metrics_;
  mail_renderer renderer_;
  failure_log failures_;
  std::unordered_set<std::string> only_to_;
  std::mt19937_64 random_;
  std::unordered_map<uint64_t, held> held_;
  std::unordered_map<claim_id, uint64_t, claim_id_hash> by_claim_;
  ready_queue ready_;
  send_paces paces_;
  sender_pauses pauses_;
  ready_queue unsigned_;  // options.dkim
  size_t being_signed_ = 0;
  std::set<std::pair<instant, uint64_t>> deferred_;
  std::vector<settled_reminder> settled_;
  uint64_t last_id_ = 0;
  int64_t in_doubt_ = 0;
};

}  // namespace cartwheel
