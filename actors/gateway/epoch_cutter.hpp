#pragma once

#include "actors/shard/router.hpp"

#include <functional>
#include <memory>

namespace cartwheel {

/// Cuts a stream of events into epochs by the events' own times: one epoch a tick, decided when an event of a later tick
/// shows that it is over. What a replay runs on, and a server whose clock is the events'.
/// Source: docs/SEMANTICS.md, Ticks, and rule 21.
/// Runs on: one thread.
class epoch_cutter {
 public:
  using sink = std::function<void(std::shared_ptr<epoch>)>;

  epoch_cutter(uint16_t shards, const node_hash_keys& keys, sink out)
      : shards_{shards}, router_{shards, keys}, out_{std::move(out)} {}

  /// The next events, in order of arrival. `at` is their record's position, if they came from the log. In recovery,
  /// `failed_before` are those of the batch whose handlers failed, and it is taken from event number `from` on.
  void take(const std::shared_ptr<const event_batch>& batch, position at = {},
            const std::vector<const event*>& failed_before = {}, size_t from = 0);

  /// Goes on behind an epoch of before: the greatest time then.
  void resume(instant newest) { newest_ = newest; }

  /// What became of a reminder; it counts with the tick in progress.
  void settle(const settled_reminder& s) { add_to(current(), s); }

  /// News of an address; likewise.
  void hear(const news_of_address& n) { add_to(current(), n); }

  /// Other rules, from the tick in progress on.
  void use(std::shared_ptr<const deciding_rules> rules) { current().rules = std::move(rules); }

  /// Closes the tick in progress: decides what has come up by the greatest time seen; a tick cut short is not decided.
  /// `drain`: runs the clock on until no step is due.
  void finish(bool drain);

  /// Greatest time of an event so far; before_all when there was none.
  instant newest() const { return newest_; }
  /// Events of unknown name, by which nothing happened but the clock moved.
  uint64_t ignored() const { return ignored_; }
  uint64_t late() const { return late_; }

 private:
  void emit(instant decide_until, bool drain, position resume = {}, size_t resume_index = 0);
  epoch& current();

  uint16_t shards_;
  router router_;
  sink out_;
  std::shared_ptr<epoch> open_;
  epoch_number number_{0};
  instant tick_ = before_all;  // in progress
  instant newest_ = before_all;
  uint64_t ignored_ = 0;
  uint64_t late_ = 0;
};

}  // namespace cartwheel
