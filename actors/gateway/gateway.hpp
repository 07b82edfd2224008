#pragma once

#include "actors/event/decode.hpp"
#include "actors/event/event.hpp"
#include "actors/gateway/epoch_cutter.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/gateway/tag_pattern.hpp"
#include "actors/gateway/watermark_tracker.hpp"
#include "actors/mailer/mail_ledger.hpp"
#include "actors/shard/engine.hpp"
#include "actors/shard/shard_metrics.hpp"
#include "runtime/journal/committer.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cartwheel {

struct gateway_options {
  bool event_clock = false;  // node.clock = "event": ticks are cut by the events' own times
  std::string tag = "cartwheel.**";
  sync_mode sync = sync_mode::always;
  watermark_tracker::options watermarks;
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

/// Whom events tell of. What this node writes itself (a shopper's click on a link) acts as any event does, but says
/// nothing of how far the shop's own news has come in: it moves no watermark and ends no hold.
enum class news : uint8_t { of_the_shop, of_this_node };

/// The one way in: decodes what carriers bring, once, on their threads; writes it to the log; hands each epoch of the log
/// to the shards. Outcomes of mails come in here too, so that they are in the log before they count.
/// Runs on: take_*, write_intents and settle on any thread; epochs are built on the committer's.
class gateway final : public mail_ledger {
 public:
  /// `pressure` is called with true when senders should not be read for a while, and with false when they may again.
  gateway(engine& shards, journal& log, const clock_source& clock, const node_hash_keys& keys, node_log& told,
          gateway_options options, std::function<void(bool)> pressure);
  ~gateway() override;

  /// A chunk of Forward entries. `accepted` is called once, when it is durable.
  void take_chunk(std::string_view tag, slice entries, std::function<void(bool)> accepted);

  /// A body of events in JSON (payload_format json_lines, json_document or cloudevents).
  void take_json(std::string body, payload_format format, std::function<void(posted_events)> done,
                 news whose = news::of_the_shop);

  void write_intents(std::vector<claim_id> claims, std::function<void(bool)> durable) override;
  void settle(std::vector<settled_reminder> reminders) override;
  void grant(shard_id shard, size_t n) override;

  /// The shards have worked on everything below a position (node_log's hook).
  void applied(shard_id shard, position end, size_t events);

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
  const std::string& broken() const { return broken_; }
  bool is_broken() const { return is_broken_.load(std::memory_order_acquire); }
  std::set<std::string> shops_heard() const;

 private:
  struct events_meaning;
  struct outcomes_meaning;

  decode_rules rules() const;
  void submit_batch(std::shared_ptr<event_batch> batch, payload_format format, instant received, news whose,
                    std::function<void(bool)> durable);
  void note_refused(const event_batch& batch);
  void note_newest(const event_batch& batch);
  void count_ignored(uint64_t n);
  void on_epoch(committed_epoch committed);
  void hand_on(epoch_ptr e);
  void watch_pressure();

  engine& engine_;
  const clock_source& clock_;
  node_log& told_;
  gateway_options options_;
  tag_pattern tag_;
  router router_;
  std::function<void(bool)> pressure_;
  mutable std::mutex tracker_mutex_;
  watermark_tracker tracker_;
  std::optional<epoch_cutter> cutter_;
  std::array<std::array<shared_counter, event_result_count>, event_kind_count> counts_;
  shared_counter other_tags_;
  gauge lag_ms_, holding_;
  std::atomic<int64_t> newest_ms_{unix_ms(before_all)};  // options_.event_clock only
  histogram ack_seconds_{latency_bounds};
  struct shard_load {
    std::atomic<uint64_t> handed_on{0};
    std::atomic<uint64_t> worked_off{0};
    uint64_t behind() const;
  };
  std::deque<shard_load> loads_;  // by shard
  std::atomic<uint64_t> epochs_handed_{0};
  std::vector<std::unique_ptr<std::atomic<uint64_t>>> applied_to_;
  std::vector<std::unique_ptr<std::atomic<uint64_t>>> epochs_applied_;
  std::atomic<bool> pressed_{false};
  std::atomic<bool> is_broken_{false};
  std::string broken_;
  std::unique_ptr<committer> committer_;
};

}  // namespace cartwheel
