#pragma once

#include "actors/gateway/history.hpp"
#include "actors/shard/shard_observer.hpp"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace cartwheel {

/// What a node can tell of the recent past: its last decisions, dead letters, reminders in doubt, and what was recovered.
/// With a history all but the last is the history's; without one, it remembers some of it in memory.
/// Bounds, in memory: decisions_max, dead_letters_max and doubts_max, the oldest go first; but no doubt that is open.
/// Errors: reading throws std::runtime_error when the history cannot be read.
/// Runs on: any thread.
class node_log final : public shard_observer {
 public:
  static constexpr size_t decisions_max = 10'000;
  static constexpr size_t dead_letters_max = 1'000;
  static constexpr size_t doubts_max = 10'000;
  static constexpr size_t dead_letter_bytes_max = 4'096;  // of one event, as shown

  /// What of it concerns the log, or the way in. Called on shard threads.
  struct hooks {
    std::function<void(std::span<const decision_line>)> decided;
    std::function<void(const event_place&)> failed;
    std::function<void(shard_id, size_t)> applied;
    std::function<void(const address_key&)> forgotten;
  };
  /// Hooks that are not given are not called. `past` may be null, and outlives it.
  explicit node_log(hooks h = {}, history* past = nullptr) : hooks_{std::move(h)}, past_{past} {}

  void decided(shard_id shard, std::vector<decision_line> lines) override;
  void dead(shard_id shard, dead_letter letter) override;
  void recovered(shard_id shard, recovered_cart cart) override;
  void doubted(shard_id shard, doubt d) override;
  void consented(shard_id shard, consent_proof proof) override;
  void forgotten(shard_id shard, const address_key& subject) override;
  void passed(shard_id shard, std::vector<cart_milestone> milestones) override;
  void ended(shard_id shard, ended_cart cart) override;
  void heard_of_ended(shard_id shard, news_of_ended_cart news) override;
  void applied(shard_id shard, size_t events) override {
    if (hooks_.applied) hooks_.applied(shard, events);
  }

  /// The newest first.
  std::vector<decision_line> decisions(size_t most) const;
  /// The newest about one cart, the oldest of them first.
  std::vector<decision_line> decisions_about(std::string_view shop, std::string_view cart_id, size_t most) const;
  /// Those that are wanted, the newest first.
  decision_page decisions(const decision_filter& wanted, size_t most) const;
  /// What history::find finds; without a history, decisions alone.
  history::findings find(const history::search& wanted, size_t most) const;
  /// The newest that happened to one cart, the oldest of them first; without a history, nothing.
  std::vector<cart_milestone> milestones_of(std::string_view shop, std::string_view cart_id, size_t most) const;
  std::vector<dead_letter> dead_letters(size_t most) const;
  /// The newest first.
  std::vector<doubt> doubts(size_t most = doubts_max) const;
  /// What proves the consents of these, in order of when they happened; without a history, nothing.
  std::vector<consent_proof> proofs_of(std::span<const address_key> subjects) const;
  /// How a cart ended that was reminded of; nothing when none is known, or without a history.
  std::optional<ended_cart> ended_cart_of(std::string_view shop, std::string_view cart_id) const;
  /// Recovered value by currency, in minor units.
  std::map<std::string, int64_t> recovered_value() const;

 private:
  using doubt_name = std::tuple<instant, std::string, std::string, uint32_t, uint8_t>;

  mutable std::mutex mutex_;
  hooks hooks_;
  history* past_;
  std::deque<decision_line> decisions_;
  std::deque<dead_letter> dead_letters_;
  std::map<doubt_name, doubt> doubts_;  // with a history, too: these know where their carts are in this process
  std::map<std::string, int64_t> recovered_;
};

}  // namespace cartwheel
