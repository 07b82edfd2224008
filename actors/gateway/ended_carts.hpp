#pragma once

#include "actors/shard/ended_cart.hpp"
#include "runtime/base/time.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace cartwheel {

class store;

/// Carts that are over and were reminded of, in the store's table `ended_carts`: what a link in an old mail leads to, and
/// the clicks on it. The last end of a cart is the one that counts.
/// A row is told again in recovery and comes out as it was.  Bounds: rows go `keep` behind their end.
/// Errors: std::runtime_error when the store fails, or what it holds does not read back.
/// Runs on: one thread at a time writes; reading on any.
class ended_carts {
 public:
  ended_carts(store& in, milliseconds keep) : store_{in}, keep_{keep} {}

  /// One that is over because its person is erased leaves nothing, whatever stood there.
  void put(const ended_cart& cart);
  /// Of one that nobody was reminded of, and so has no row, nothing is kept.
  void add(const news_of_ended_cart& news);
  void forget(const std::function<bool(const ended_cart&)>& gone);
  /// `breathe`, unless it is empty, is called every limits::history_forgotten_at_once rows: others may write then.
  void forget_old(instant newest, const std::function<void()>& breathe = {});

  /// All of them, in the order of their names.
  void visit(const std::function<void(ended_cart)>& each) const;
  std::optional<ended_cart> find(std::string_view shop, std::string_view cart_id) const;

 private:
  store& store_;
  milliseconds keep_;
};

}  // namespace cartwheel
