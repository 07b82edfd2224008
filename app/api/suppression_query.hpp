#pragma once

#include "actors/consent/suppression_list.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cartwheel {

class engine;

/// Asks all shards which addresses get no mail, without holding up the thread that asks.
/// Bounds: limits::suppressions_asked_max at a time; the answer is what the shards hold, 60 B an address.
/// Runs on: any thread. `tell` is called once, on a thread of CAF's.  Lifetime: as cart_query.
class suppression_query {
 public:
  enum class result : uint8_t { told, too_many, gone };
  using found = std::vector<std::pair<address_key, suppression>>;

  explicit suppression_query(engine& shards);

  /// Those that hold at `now`, the newest first.
  void ask(instant now, std::function<void(result, const found&)> tell) const;
  /// What is held against one address, suppressed or not; one element, or none.
  void ask_about(const address_key& key, std::function<void(result, const found&)> tell) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace cartwheel
