#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/content/dkim.hpp"
#include "actors/content/node_keys.hpp"
#include "actors/content/template_set.hpp"
#include "actors/mailer/in_doubt_policy.hpp"
#include "actors/mailer/mail_ledger.hpp"
#include "actors/mailer/mailer_metrics.hpp"
#include "runtime/base/clock.hpp"
#include "transport/smtp/relay_pool.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cartwheel {

class coupon_desk;

enum class mail_outlet : uint8_t { smtp, maildir };

/// One of the relays mails go through.
struct outlet_relay {
  std::string name = "main";
  unsigned priority = 1;  // 1 comes first; later ones stand in while none before them is healthy
  unsigned weight = 1;    // share among those of one priority
  in_doubt_policy in_doubt = in_doubt_policy::drop;
  smtp::relay_options link{};  // `report` and `health_changed` are the mailer's where empty
};

struct mailer_options {
  mail_outlet outlet = mail_outlet::maildir;
  std::filesystem::path maildir = "cartwheel-data/maildir";  // mail_outlet::maildir
  bool maildir_durable = true;                               // false: not synced, for demos and tests
  std::vector<outlet_relay> relays{outlet_relay{}};          // mail_outlet::smtp; at least one
  double shop_rate = 0;                                      // mails a second of one shop, 0: as many as go
  double host_rate = 0;                                      // the same to one mail host (mail_host_of)
  shop_directory shops;
  campaign_settings campaign;      // names each step's template, and its pool of coupons
  coupon_desk* coupons = nullptr;  // outlives the mailer; null: no mail has a coupon
  std::shared_ptr<const template_set> templates;
  std::shared_ptr<const dkim_signer> dkim;  // null: mails leave unsigned
  node_keys keys;
  std::string public_url = "http://127.0.0.1:8481";    // what links in mails begin with
  milliseconds restore_links = std::chrono::days{30};  // how long they work; 0: mails link to the cart itself
  std::vector<std::string> only_to;  // normalised addresses; not empty: everyone else's reminder ends as `shadow`
  std::chrono::milliseconds drain_grace{30'000};     // real time
  in_doubt_policy in_doubt = in_doubt_policy::drop;  // of a Maildir, and of what an earlier process left unanswered
  uint64_t seed = 0;                                 // of the jitter between tries
  bool event_clock = false;  // node.clock = "event": not-after times lie in the events' time, not in the clock's
};

/// Sends claimed reminders: grants credit to shards as it has room, keeps what passed the soft gate ready, renders when
/// the outlet pulls, writes intents ahead, and settles each claim once, whatever became of it.
///
/// What is still waiting when it ends (ready, put off, granted) is not settled: its claim stands in the log, and the next
/// process hands it out again.
///
/// Bounds: limits::ready_per_connection and its neighbours (actors/mailer/limits.hpp).
/// Errors: the constructor throws std::runtime_error that names the folder when the Maildir cannot be opened.
/// Runs on: its own thread. The calls of reminder_sink come from any thread and only post; so may those below.
class mailer final : public reminder_sink {
 public:
  /// `clock` and `ledger` outlive it. The ledger is called on the mailer's thread, not before the first call of
  /// reminder_sink, so it may be wired up after this.
  mailer(mailer_options options, const clock_source& clock, mail_ledger& ledger);

  /// Ends, with or without drain(): closes connections; what was offered and not answered is in doubt. No call
  /// of reminder_sink may come any more; late answers of the ledger may.  Runs on: any thread but the mailer's.
  ~mailer() override;

  mailer(const mailer&) = delete;
  mailer& operator=(const mailer&) = delete;

  void ready(shard_id shard, size_t waiting) override;
  void offer(due_reminder reminder) override;
  void unused(shard_id shard, size_t credits) override;
  void recall(const claim_id& claim, reason why) override;
  void refused(const question& q, reason why) override;
  void interrupted(const question& q, uint32_t doubts, bool mail_is_kept) override;

  /// Ends in order: grants and pulls nothing more, finishes what is offered, for options.drain_grace at most (then what
  /// has no answer is in doubt), settles it, then calls `done` on the mailer's thread; the ledger is not called after
  /// that. To be called once.
  void drain(std::function<void()> done);

  /// Runs on: any thread.
  const mailer_metrics& metrics() const;

  struct named_stats {
    std::string relay;
    smtp::relay_stats stats;
  };
  /// Of each relay, in the order of options.relays; all zero with a Maildir.  Runs on: any thread.
  std::vector<named_stats> relay_stats() const;

 private:
  struct impl;
  std::shared_ptr<impl> impl_;  // the ledger's late answers ask whether it is still there
};

}  // namespace cartwheel
