#pragma once

#include "actors/cart/cart_messages.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cartwheel {

class engine;

/// Asks open carts what they know, each by its own handle, without holding up the thread that asks.
/// Bounds: limits::carts_asked_max at a time.
/// Runs on: any thread. `tell` is called once, on a thread of CAF's.
/// Lifetime: let it go before the engine; what it still asks ends with the shards then.
class cart_query {
 public:
  enum class result : uint8_t { open, not_open, too_many, gone };

  explicit cart_query(engine& shards);

  /// `tell` gets the cart when it is open, and null otherwise.
  void ask(std::string shop, std::string cart_id, std::function<void(result, const cart_view*)> tell) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace cartwheel
