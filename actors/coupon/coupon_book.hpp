#pragma once

#include "actors/coupon/coupon_terms.hpp"
#include "actors/coupon/given_coupon.hpp"
#include "actors/event/address_key.hpp"
#include "actors/event/event.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cartwheel {

/// A code of a pool, as a shop brings it in. `expires`: when the shop's own system stops to take it.
struct imported_code {
  std::string pool;
  std::string code;
  instant expires = never;
  friend bool operator==(const imported_code&, const imported_code&) = default;
};

/// What becomes of codes, for figures. Each code is one of these; the last two for good.
enum class coupon_state : uint8_t {
  free,
  out,       // in a mail that is being sent
  given,     // its mail was accepted, or may have been
  redeemed,  // the cart was ordered while it held
  expired,   // it was not
};
constexpr size_t coupon_state_count = 5;
std::string_view to_string(coupon_state s);

/// Names a claimed reminder as the log does, and the cart it is of.
std::string coupon_claim(std::string_view shop, std::string_view cart_id, instant tick, uint32_t cycle, uint8_t step);
std::string coupon_cart(std::string_view shop, std::string_view cart_id);

/// A mail that is about to be made, whose step has a pool.
struct coupon_wish {
  std::string claim;
  std::string cart;
  std::string pool;
  address_key address;
  currency_code currency;
  int64_t value = -1;  // of the cart, minor units; -1: not known
  instant now{};
};

/// Which codes there are, and who has which: what the log says of them, and beside it what was just taken for a mail
/// whose intent is on its way into the log. A value: no clock, no threads.
///
/// A code is in the mails of one claim only. It comes back when that claim is given back and no mail of it can have been
/// delivered; else it is used up, whatever becomes of it.  Invariant: of what the log says nothing depends on what was
/// taken: the same records in the same order make the same book.
/// Source: docs/decisions/0021-coupons.md.
class coupon_book {
 public:
  // From the log, in its order. Records that were applied before may come again, with all that followed them: no code is
  // given twice for it, though a figure may count it twice.

  /// False: it was known before, has expired at `now`, or there are limits::coupon_codes_max.
  bool add(const imported_code& c, instant now);
  /// The intent of a mail with this coupon, or of one without: what the claim had before comes back.
  void intended(const std::string& claim, const std::string& cart, const address_key& address,
                const std::optional<given_coupon>& coupon);
  /// Its mail was delivered, or nobody knows. `open`: it may go out once more, with the same bytes.
  void sent(const std::string& claim, bool open = false);
  /// Its claim was given back: nobody got its mail.
  void came_back(const std::string& claim);
  /// An order named this cart.
  void ordered(const std::string& cart, instant when);
  /// What has expired by now.
  void pass(instant now);
  /// Somebody is erased: who had which code, and when they had one.
  void forget(const address_key& address);

  /// A code for a mail, or why none; again for the same mail, the same one, as long as it holds for `at_least`.
  given_coupon take(const coupon_terms& terms, const coupon_wish& wish);
  /// The code that a claim's mail has; null: none.
  const given_coupon* held_by(const std::string& claim) const;

  /// Addresses that had no code since then need not be remembered.
  void forget_before(instant moment);

  using counts = std::array<uint64_t, coupon_state_count>;
  counts counts_of(std::string_view pool) const;
  size_t codes() const { return codes_; }

  // Snapshots: the codes, and apart from them who has which, so that who is erased meanwhile can be left out.

  struct hold {
    given_coupon coupon;
    std::string cart;
    address_key address;
    instant had_before = before_all;  // when this address had its last code before this one
    bool logged = false;              // its intent stands in the log
    bool delivered = false;           // or may be
    bool open = false;                // delivered, and yet it may go out once more
    bool used_up = false;             // open, and its code is redeemed or expired already
  };
  struct people {
    std::unordered_map<std::string, hold> holds;  // by claim
    struct key_hash {
      size_t operator()(const address_key& k) const { return k.high; }
    };
    std::unordered_map<address_key, instant, key_hash> had;  // when an address was last given a code
    void forget(const address_key& address);
  };
  /// What the log says of the codes.
  std::string saved_codes() const;
  /// Likewise of people.
  people who() const;
  static std::string saved(const people& who);
  /// Into an empty book.  Errors: broken_bytes.
  void load(std::string_view codes, std::string_view who);

 private:
  struct code {
    instant expires = never;
    uint64_t number = 0;  // in the order they came
    bool out = false;     // somebody has it
  };
  struct pool {
    std::unordered_map<std::string, code> codes;               // that are not used up
    std::map<std::pair<instant, uint64_t>, std::string> free;  // of them, the first to expire first
    std::unordered_set<uint64_t> used_up;                      // hashes: they are not taken again
    counts count{};
  };
  pool& pool_of(std::string_view name);
  static bool is_of(const hold& h, const given_coupon& c) { return h.coupon.pool == c.pool && h.coupon.code == c.code; }
  void hold_code(const std::string& claim, const std::string& cart, const address_key& address,
                 const given_coupon& coupon, bool logged);
  void use_up(const std::string& claim, coupon_state as);
  void let_go(pool& p, const std::string& text);
  void move(pool& p, coupon_state from, coupon_state to);
  static instant end_of(const given_coupon& c);

  std::map<std::string, pool, std::less<>> pools_;
  people who_;
  std::unordered_map<std::string, std::vector<std::string>> by_cart_;  // claims whose mails are delivered
  std::set<std::pair<instant, std::string>> ends_;                     // likewise, by when they expire
  uint64_t last_number_ = 0;
  size_t codes_ = 0;
};

}  // namespace cartwheel
