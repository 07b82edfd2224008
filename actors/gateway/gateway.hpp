#pragma once

#include "actors/event/decode.hpp"
#include "actors/event/event.hpp"
#include "actors/gateway/epoch_cutter.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/gateway/record_meanings.hpp"
#include "actors/gateway/snapshot_folder.hpp"
#include "actors/gateway/tag_pattern.hpp"
#include "actors/gateway/watermark_tracker.hpp"
#include "actors/mailer/mail_ledger.hpp"
#include "actors/shard/engine.hpp"
#include "actors/shard/shard_metrics.hpp"
#include "runtime/base/pressure_switch.hpp"
#include "runtime/journal/committer.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cartwheel {

class coupon_desk;
struct imported_code;

struct gateway_options {
  bool event_clock = false;  // node.clock = "event": ticks are cut by the events' own times
  std::string tag = "cartwheel.**";
  sync_mode sync = sync_mode::always;
  std::string log = "the log";                      // how messages call it
  std::filesystem::path snapshots;                  // empty: none are taken
  std::chrono::milliseconds snapshot_every = 5min;  // real time
  std::function<void()> before_snapshot_is_whole;   // makes durable what it rests on beside the log; may be empty
  std::function<uint64_t()> durable_beside_log;     // how far that is; only grows while nothing is lost; may be empty
  watermark_tracker::options watermarks;
  /// What decides, as a text that stands in the log. The engine begins with what it says. Empty: the log says nothing of it.
  std::string configuration;
  /// Reads such a text again, perhaps an older version's.  Errors: a std::exception that says what cannot be read.
  std::function<deciding_rules(std::string_view)> read_configuration;
  std::function<void(const event_place&, instant received)> erased;  // an `erase` came into the log; may be empty
  coupon_desk* coupons = nullptr;  // hears what the log says of codes; null: nobody does
};

/// How far recovery has come.
struct recovery_progress {
  double part = 0;  // of the log behind the snapshot
  uint64_t events = 0;
  uint64_t carts = 0;  // open now
};

/// What became of a posted body, told when it is durable.
struct posted_events {
  size_t accepted = 0;
  struct refusal {
    size_t index = 0;  // line, or element of the array, from 0
    std::string reason;
  };
  std::vector<refusal> refused;
  std::string error;    // the document as a whole was no JSON; nothing was taken
  bool durable = true;  // false: the log is broken
};

/// The one way in: decodes what carriers bring, once, on their threads; writes it to the log; hands each epoch of the log
/// to the shards. Outcomes of mails come in here too, so that they are in the log before they count.
/// Runs on: take_*, write_intents and settle on any thread; epochs are built on the committer's.
class gateway final : public mail_ledger {
 public:
  /// `pressure` is called with true when senders should not be read for a while, and with false when they may again.
  gateway(engine& shards, journal& log, file_layer& files, const clock_source& clock, const node_hash_keys& keys,
          node_log& told, gateway_options options, std::function<void(bool)> pressure);
  ~gateway() override;

  /// Works through what stands in the log, so that the shards are where they were. Before start(); in the calling thread.
  /// `show` is called now and then. Returns how many events were applied again.
  /// Errors: std::runtime_error naming the position of a record that cannot be read.
  uint64_t recover(const std::function<void(const recovery_progress&)>& show);

  /// The log goes on: a record says that a process begins here, and what is taken from now on follows it. What recovery
  /// left open is settled now, so whoever settles must be there.
  void start();

  /// A chunk of Forward entries. `accepted` is called once, when it is durable.
  void take_chunk(std::string_view tag, slice entries, std::function<void(bool)> accepted);

  /// A body of events in JSON (payload_format json_lines, json_document or cloudevents).
  void take_json(std::string body, payload_format format, std::function<void(posted_events)> done,
                 news whose = news::of_the_shop);

  void write_intents(std::vector<settled_reminder> reminders, std::function<void(bool)> durable) override;
  void settle(std::vector<settled_reminder> reminders) override;
  void grant(shard_id shard, size_t n) override;

  /// What an operator decides about reminders that are held (let_go, dropped). `durable` is called once, on any thread;
  /// what it comes to is told as a doubt. One that is not held any more is left as it is.
  void command(std::vector<settled_reminder> reminders, std::function<void(bool)> durable);

  /// News of addresses that came in, or that an operator gave: what is on its way to one that gets no mail is recalled at
  /// once. `durable` is called once, on any thread.
  void hear(std::vector<news_of_address> news, std::function<void(bool)> durable);

  /// Codes that a shop brought in. `durable` likewise. Those that are known change nothing.
  void take_codes(std::vector<imported_code> codes, std::function<void(bool)> durable);

  /// What the shards tell (node_log's hooks): decisions and failures that are to stand in the log, and that they have
  /// worked on everything below a position.
  void decided(std::span<const decision_line> lines);
  void failed(const event_place& place);
  void applied(shard_id shard, size_t events);

  /// Something else that the node rests on has failed: as when the log breaks.
  void broke(const std::string& why);

  /// Nothing is taken any more; what was taken is in the log and with the shards when this returns.
  void stop();
  /// Waits until the shards have worked off what they were given.
  bool wait_until_applied(std::chrono::milliseconds most);

  /// How an event that happens here and now is to be dated: the node's clock, or the newest event's time where the
  /// events' own times are the clock (today's date would run a recorded day on by years).
  instant now() const;

  bool busy() const;
  /// Events handed to the shards, or to one of them, and not worked off yet.
  uint64_t events_behind() const;
  uint64_t events_behind(size_t shard_number) const;
  uint64_t count(event_kind kind, event_result result) const;
  uint64_t other_tags() const { return other_tags_.value(); }
  milliseconds lag() const { return milliseconds{lag_ms_.value()}; }
  bool holding() const { return holding_.value() != 0; }
  const histogram& ack_seconds() const { return ack_seconds_; }
  const histogram& commit_seconds() const { return committer_->commit_seconds(); }
  sync_mode sync() const { return options_.sync; }
  const snapshot_folder* snapshots() const { return snapshots_.get(); }
  /// Takes a snapshot with the next epoch, unless one is under way.
  void want_snapshot();
  /// Recovery reads nothing of the log below: the older of two snapshots stands there.
  position needed_from() const { return position{needed_from_.load(std::memory_order_acquire)}; }
  std::string broken() const {
    std::lock_guard lock{broken_mutex_};
    return broken_;
  }
  bool is_broken() const { return is_broken_.load(std::memory_order_acquire); }

 private:
  decode_rules rules() const;
  void submit_batch(std::shared_ptr<event_batch> batch, payload_format format, instant received, news whose,
                    std::function<void(bool)> durable);
  void note_refused(const event_batch& batch, instant received, position at);
  void submit_own(record_kind kind, std::string payload, bool must_sync, std::shared_ptr<const record_meaning> meaning,
                  std::function<void(bool)> durable = {});
  std::shared_ptr<const record_meaning> meaning_of(const record& what);
  std::shared_ptr<event_batch> decoded(const record& what) const;
  std::shared_ptr<const deciding_rules> rules_of(const std::string& configuration) const;
  std::shared_ptr<const deciding_rules> comes_into_force(const std::string& configuration);
  std::vector<past_decisions> gather_past(position from);
  void note_newest(const event_batch& batch);
  void count_ignored(uint64_t n);
  void on_epoch(committed_epoch committed);
  uint64_t open_carts() const;
  void hand_on(std::shared_ptr<epoch> e);
  bool snapshot_due() const;
  void last_snapshot();
  void snapshot_at(epoch& e);
  uint64_t sync_what_snapshots_rest_on();
  uint64_t durable_beside_log() const;
  void snapshot_taken(position keep, const std::string& error);
  position load_snapshot();
  void tell_of_erasures(const event_batch& batch, position at, instant received) const;
  void tell_of_orders(const event_batch& batch) const;
  bool pressed(bool already) const;

  engine& engine_;
  journal& journal_;
  const clock_source& clock_;
  node_log& told_;
  gateway_options options_;
  std::string in_force_;  // the configuration that decides what is handed on
  tag_pattern tag_;
  router router_;
  pressure_switch pressure_;
  mutable std::mutex tracker_mutex_;
  watermark_tracker tracker_;
  std::optional<epoch_cutter> cutter_;
  std::array<std::array<shared_counter, event_result_count>, event_kind_count> counts_;
  shared_counter other_tags_;
  gauge lag_ms_, holding_;
  std::atomic<int64_t> newest_ms_{unix_ms(before_all)};    // options_.event_clock only
  std::map<position, std::vector<size_t>> failed_before_;  // recovery: events by record
  epoch_number recovered_epochs_{0};
  instant recovered_now_ = before_all;
  bool recovered_ = false;
  histogram ack_seconds_{latency_bounds};
  struct shard_load {
    std::atomic<uint64_t> handed_on{0};
    std::atomic<uint64_t> worked_off{0};
    uint64_t behind() const;
  };
  std::deque<shard_load> loads_;  // by shard
  std::atomic<uint64_t> epochs_handed_{0};
  std::vector<std::unique_ptr<std::atomic<uint64_t>>> epochs_applied_;
  std::atomic<bool> is_broken_{false};
  std::atomic<bool> recovering_{false};
  mutable std::mutex broken_mutex_;
  std::string broken_;
  file_layer& files_;
  std::unique_ptr<committer> committer_;
  std::unique_ptr<snapshot_folder> snapshots_;
  std::chrono::steady_clock::time_point snapshot_at_ = std::chrono::steady_clock::now();
  std::atomic<bool> snapshot_wanted_{false};
  std::atomic<uint64_t> needed_from_{0};
  size_t resume_index_ = 0;  // recovery: events of the first record that the snapshot holds
  // Of the last epoch handed on.
  instant now_ = before_all;
  epoch_number last_number_{0};
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace cartwheel
