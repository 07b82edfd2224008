#pragma once

#include "actors/coupon/coupon_book.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel {

struct settled_reminder;

/// The one coupon book of a node, between the log, which tells it what holds, and the mailer, which takes codes for mails.
/// The mailer is one however many shards there are, so there is one order in which codes are taken.
/// Runs on: take, held_by on the mailer's thread; what is from the log on the one that hands out epochs; all from any.
class coupon_desk {
 public:
  explicit coupon_desk(coupon_pools pools);

  /// The terms of a pool; null: the configuration has none of this name.
  const coupon_terms* terms(std::string_view pool) const;
  const coupon_pools& pools() const { return pools_; }

  /// Errors: nothing when the configuration has no such pool.
  std::optional<given_coupon> take(const coupon_wish& wish);
  std::optional<given_coupon> held_by(const std::string& claim) const;
  /// Whether a mail with this code may (still) leave at `now`: it has as long to be used as the pool wants.
  bool holds(const given_coupon& c, instant now) const;

  // From the log, in its order.

  void add(std::span<const imported_code> codes, instant received);
  void heard(const settled_reminder& r);
  void ordered(std::string_view shop, std::string_view cart_id, instant when);
  void pass(instant now);

  /// A shard has forgotten this address. Told in recovery, too.
  void forgotten(const address_key& address);

  /// What the book holds now, for a snapshot: its bytes, but for who is forgotten until they are asked for.
  std::function<std::string()> cut(instant now);
  /// Errors: broken_bytes.
  void load(std::string_view bytes);

  /// How many more codes may be brought in.
  size_t room() const;
  coupon_book::counts counts_of(std::string_view pool) const;

 private:
  struct cut_book {
    std::string codes;
    coupon_book::people who;
  };
  const coupon_pools pools_;
  mutable std::mutex mutex_;
  coupon_book book_;
  std::weak_ptr<cut_book> cut_;  // of the snapshot under way
};

}  // namespace cartwheel
