#pragma once

#include "actors/shard/shard_observer.hpp"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace cartwheel {

/// What a node can tell of the recent past: its last decisions, dead letters, and what was recovered.
/// Bounds: decisions_max and dead_letters_max, the oldest go first.
/// Runs on: any thread.
class node_log final : public shard_observer {
 public:
  static constexpr size_t decisions_max = 10'000;
  static constexpr size_t dead_letters_max = 1'000;
  static constexpr size_t dead_letter_bytes_max = 4'096;  // of one event, as shown

  /// What of it concerns the log, or the way in. Called on shard threads.
  struct hooks {
    std::function<void(std::span<const decision_line>)> decided;
    std::function<void(const event_place&)> failed;
    std::function<void(shard_id, size_t)> applied;
  };
  /// Hooks that are not given are not called.
  explicit node_log(hooks h = {}) : hooks_{std::move(h)} {}

  void decided(shard_id shard, std::vector<decision_line> lines) override;
  void dead(shard_id shard, dead_letter letter) override;
  void recovered(shard_id shard, recovered_cart cart) override;
  void applied(shard_id shard, size_t events) override {
    if (hooks_.applied) hooks_.applied(shard, events);
  }

  /// The newest first.
  std::vector<decision_line> decisions(size_t most) const;
  /// Those about one cart, the oldest first.
  std::vector<decision_line> decisions_about(std::string_view shop, std::string_view cart_id) const;
  std::vector<dead_letter> dead_letters(size_t most) const;
  /// Recovered value by currency, in minor units.
  std::map<std::string, int64_t> recovered_value() const;

 private:
  mutable std::mutex mutex_;
  hooks hooks_;
  std::deque<decision_line> decisions_;
  std::deque<dead_letter> dead_letters_;
  std::map<std::string, int64_t> recovered_;
};

}  // namespace cartwheel
