#pragma once

#include "runtime/base/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel {

/// What later visits to a cart do, as shares of the events; the first visit to each cart adds to it. Views aside it is the
/// mix of the demo's crowd on the carts it opens (additions .53, identify .17, checkouts .13, consent .07, removals .05,
/// purchases .04), with less signing in, since load's customers stay; views are a tenth (two thirds in the crowd), because
/// they cost a server next to nothing and would flatter it.
struct load_mix {
  double add_to_cart = .60;
  double view_item = .10;
  double begin_checkout = .10;
  double identify = .08;
  double remove_from_cart = .05;
  double purchase = .04;
  double consent = .03;
};

/// Which events one connection of a load run sends.
struct load_share {
  uint64_t seed = 1;
  uint64_t carts = 100'000;  // of the whole run
  uint32_t connection = 0;   // 0..connections-1
  uint32_t connections = 1;  // at most `carts`
  uint32_t run = 0;          // tells runs apart: part of event and order ids, so a second run is not a redelivery
  load_mix mix = {};
  bool opened = false;  // the carts are open already: there is no first round
  bool brief = false;   // additions say no more than they must: no currency, no name of the item
};

/// Makes load: events of `carts` carts, each with a customer and event ids, encoded as Forward entries.
/// A cart belongs to one connection, so that its events arrive in order. The first `carts` events open the carts, each once,
/// in a scattered order; from then on each event's cart is drawn. (Rounds in one order would meet carts as they lie in a
/// server's memory, which shoppers do not: it made additions cost half.)
/// Shape: the same share gives the same bytes, whatever the sizes asked for.
/// Cost: 50-100 ns an event, so one sender can feed a server that takes millions a second.
class load_events {
 public:
  explicit load_events(const load_share& share);

  /// Appends `n` entries that happened at `time`.
  void append(std::string& entries, size_t n, instant time);

  uint64_t made() const { return made_; }

  static constexpr std::string_view shop = "load";
  /// What the cart with this number is called, 0..carts-1.
  static std::string cart_id(const load_share& share, uint64_t cart);

 private:
  class writer;
  /// Of this connection's, 0..carts_-1.
  uint64_t next_cart();
  void event(writer& w, uint64_t cart, bool first_round);

  load_share share_;
  std::array<double, 6> up_to_;  // sums of the mix
  uint64_t carts_;               // of this connection
  uint64_t first_round_;         // so many events, one for each cart
  uint64_t step_;                // prime to carts_: step after step the first round meets every cart once
  uint64_t at_ = 0;
  uint64_t made_ = 0;
  uint64_t dice_;
  uint64_t visits_;
};

}  // namespace cartwheel
