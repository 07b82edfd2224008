#pragma once

#include "actors/person/text_map.hpp"
#include "actors/shard/epoch.hpp"
#include "actors/shard/moved_carts.hpp"
#include "actors/shard/question.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartwheel {

/// Names a claimed reminder between its shard and the mailer.
struct claim_id {
  cart_ref cart;
  uint32_t cycle = 0;
  uint8_t step = 0;
  friend bool operator==(const claim_id&, const claim_id&) = default;
};

struct claim_id_hash {
  size_t operator()(const claim_id& c) const {
    uint64_t h = (uint64_t{c.cart.slot} << 32 | c.cart.generation) * 0x9e3779b97f4a7c15ull;
    return h ^ (uint64_t{static_cast<uint16_t>(c.cart.shard)} << 48 | uint64_t{c.cycle} << 8 | c.step);
  }
};

/// A claimed reminder that passed the soft gate: what its mail is made of, from the live cart.
struct due_reminder {
  claim_id claim;
  address_key address;
  std::string shop;
  std::string cart_id;
  std::string customer_id;
  std::string address_as_given;
  std::string shopper_name;
  std::string locale;
  std::string cart_url;
  campaign_kind campaign = campaign_kind::cart;
  std::string account_discount;
  int64_t loyalty_points = -1;
  bool speaks_of_account() const { return loyalty_points >= 0 || !account_discount.empty(); }
  bool returning = false;      // an existing customer of the shop's legal entity
  std::string lines;           // block of cart_lines
  std::vector<int64_t> stock;  // of each line, as the shop said lately; -1: it did not
  currency_code currency;
  int64_t value = -1;
  instant due{};
  instant decided{};
  instant not_after{};         // the moment behind which it is not offered any more
  instant quiet_from = never;  // nor from here on, for the time of day; not in snapshots, for the gate tells it anew
  std::string mail;            // not empty: its bytes are fixed, and here they are, packed
  uint32_t doubts = 0;         // how often it was offered and no answer came
};

/// Where reminders go that passed the soft gate, and where recalls of them go. Both come back as outcomes in the log.
/// A credit granted to a shard ends in one `offer` or as one of `unused`: then none is lost, whatever was recalled while
/// it was out. A claim ends in one `offer` or one `refused`; a `recall` may concern one that is settled already.
/// Runs on: called on shard threads, about one claim always on its cart's; must not block.
class reminder_sink {
 public:
  virtual ~reminder_sink() = default;
  virtual void ready(shard_id shard, size_t waiting) = 0;  // how many claims wait for credit
  virtual void offer(due_reminder reminder) = 0;
  virtual void unused(shard_id shard, size_t credits) = 0;  // nothing waited, or it was refused or recalled at the gate
  virtual void recall(const claim_id& claim, reason why) = 0;
  virtual void refused(const question& q, reason why) = 0;  // by the gate, or recalled before it: the claim is released
  /// An earlier process ended between its intent and its outcome, as had happened, or the like, `doubts` times before.
  virtual void interrupted(const question& q, uint32_t doubts, bool mail_is_kept) = 0;
};

/// A shard's claimed reminders until they are settled: those that wait for credit, oldest due first, and those that are out.
/// Cost: the queue holds 24 B a claim beside its question; what a mail is made of is gathered when it is handed out.
class reminder_desk {
 public:
  void claimed(const question& q);
  /// Takes up to `n` claims out of the queue for the soft gate.
  std::vector<question> hand_out(size_t n);
  /// The claims of a cart that are not settled.
  bool has(const cart_ref& cart) const { return by_cart_.contains(key(cart)); }
  std::vector<claim_id> claims_of(const cart_ref& cart) const;
  /// The sale of that key with a claim that is not settled: it may be over itself, and is found by nothing else then.
  std::optional<cart_ref> sale_named(std::string_view shop, std::string_view key) const;
  /// Those of a campaign's step `first` and later ones that are not settled.
  std::vector<claim_id> of_steps_from(campaign_kind campaign, size_t first) const;
  /// Of a claim that is not settled.
  campaign_kind campaign_of(const claim_id& claim) const {
    auto i = claims_.find(claim);
    return i == claims_.end() ? campaign_kind::cart : i->second.asked.campaign;
  }
  /// Takes a claim out that was not offered yet, queued or at the soft gate: it is not handed out any more, whatever the
  /// gate says, and waits to be settled. Nothing when it was offered: then it is the mailer's.
  std::optional<question> take_back(const claim_id& claim);
  /// From the soft gate back into the queue, but not before `until`: its mail may not leave at this time of day.
  void put_off(const claim_id& claim, instant until);
  /// Those that were put off until now, or earlier, wait for credit again.
  void bring_up(instant now);
  /// The mailer has it from now on; a recall goes there.
  void offered(const claim_id& claim);
  /// What was asked when the claim was made; null when it is not at the soft gate.
  const question* asked(const claim_id& claim) const;
  /// The cart's last step was decided, so the cart is over, but its reminder is not: keeps what the mail is made of.
  void keep(due_reminder content) { kept_[content.claim] = std::move(content); }
  const due_reminder* kept(const claim_id& claim) const {
    auto i = kept_.find(claim);
    return i == kept_.end() ? nullptr : &i->second;
  }
  /// Its intent stands in the log without an outcome, with its mail where that is kept.
  void intended(const claim_id& claim, std::string mail);
  /// The intent is closed, nothing was accepted. The mail may be made anew unless its content was `offered`.
  void not_accepted(const claim_id& claim, bool offered);
  void settled(const claim_id& claim);

  /// The bytes of a mail, from its intent on; in doubt when it was offered and no answer came.
  struct kept_mail {
    std::string packed;
    bool fixed = false;          // its content was offered: these bytes and no others, until the outcome
    uint32_t doubts = 0;         // how often no answer came
    instant since = before_all;  // the last time
  };
  /// Null where it is not kept.
  const kept_mail* mail(const claim_id& claim) const;
  /// In doubt, it waits for an operator. False when its mail is not kept.
  bool hold(const claim_id& claim, instant now);
  bool is_held(const claim_id& claim) const;
  /// In doubt, it is queued again. False when its mail is not kept.
  bool send_again(const claim_id& claim, instant now);
  /// Held, it is queued again.
  void let_go(const claim_id& claim);
  /// Whether take_back() was called for it, also where that came too late.
  bool was_recalled(const claim_id& claim) const;
  size_t doubts() const;
  void each_doubt(const std::function<void(const question&, bool held, const kept_mail&)>& tell) const;
  size_t waiting() const { return queue_.size(); }
  /// Claims that are not settled, but for those that are held.
  size_t unsettled() const { return claims_.size() - held_; }

  // Recovery: nothing is handed out; claims are found by what the log calls them.

  struct interrupted_claim {  // an intent, and no outcome
    question asked;
    uint32_t doubts = 0;
    bool mail_is_kept = false;
  };
  struct left_over {
    std::vector<interrupted_claim> interrupted;
    std::vector<question> taken_back;  // recalled or refused, and no outcome
  };
  void begin_recovery();
  std::optional<claim_id> named(const settled_reminder& s) const;
  /// What the log left open. Both kinds are not handed out any more, and wait to be settled; all others are queued, but
  /// for those that are held.
  left_over end_recovery();

  /// One record each; `cut` is called behind it.
  void save(byte_writer& to, const std::function<void()>& cut) const;
  /// `moved` says where carts are now; one that is over gets the place `over`, which goes down, and is put among them.
  void load_one(byte_reader& from, moved_carts& moved, const shard_share& mine, uint32_t& over);

 private:
  enum class place : uint8_t { queued, at_gate, offered, taken_back, held };
  struct open_claim {
    question asked;
    place where = place::queued;
    bool intended = false;
    bool recalled = false;
  };
  struct waiting_claim {
    instant due;
    claim_id claim;
  };
  static uint64_t key(const cart_ref& cart) { return uint64_t{cart.slot} << 32 | cart.generation; }
  static bool later(const waiting_claim& a, const waiting_claim& b);
  void queue(const question& q, const claim_id& claim);
  void move(open_claim& claim, place to) {
    held_ -= claim.where == place::held;
    claim.where = to;
    held_ += to == place::held;
  }
  open_claim* in_doubt(const claim_id& claim, instant now);
  /// In one order, whatever the table's.
  std::vector<claim_id> in_order() const;

  std::vector<waiting_claim> queue_;    // a heap; those not `queued` any more are passed over
  std::vector<waiting_claim> put_off_;  // a heap likewise, `due` being when it may leave
  std::unordered_map<claim_id, open_claim, claim_id_hash> claims_;
  size_t held_ = 0;  // of them
  std::unordered_map<uint64_t, std::vector<claim_id>> by_cart_;
  text_map<cart_ref> sales_;  // of these the sales, by shop and key
  std::unordered_map<claim_id, due_reminder, claim_id_hash> kept_;
  std::unordered_map<claim_id, kept_mail, claim_id_hash> mails_;
  std::optional<text_map<claim_id>> by_name_;  // while recovering
};

}  // namespace cartwheel
