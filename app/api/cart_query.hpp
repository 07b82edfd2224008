#pragma once

#include "actors/cart/cart_messages.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cartwheel {

class engine;
struct permission;

/// What an open cart knows, and what would be decided about its next step as things stand (null: nothing is to come, or it
/// is paused).
struct asked_cart {
  const cart_view* view = nullptr;  // null: it is not open
  const permission* next = nullptr;
};

/// Asks open carts what they know, each by its own handle, and what the policy would say of them, without holding up the
/// thread that asks.
/// Bounds: limits::carts_asked_max at a time.
/// Runs on: any thread. `tell` is called once, on a thread of CAF's.
/// Lifetime: let it go before the engine; what it still asks ends with the shards then.
class cart_query {
 public:
  enum class result : uint8_t { open, not_open, too_many, gone };

  explicit cart_query(engine& shards);

  void ask(std::string shop, std::string cart_id, instant now,
           std::function<void(result, const asked_cart&)> tell) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace cartwheel
