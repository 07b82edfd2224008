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
  std::string lines;  // block of cart_lines
  currency_code currency;
  int64_t value = -1;
  instant due{};
  instant decided{};
  instant not_after{};  // the moment behind which it is not offered any more
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
  virtual void interrupted(const question& q) = 0;  // an earlier process ended between its intent and its outcome
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
  /// Takes a claim out that was not offered yet, queued or at the soft gate: it is not handed out any more, whatever the
  /// gate says, and waits to be settled. Nothing when it was offered: then it is the mailer's.
  std::optional<question> take_back(const claim_id& claim);
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
  /// Whether its intent stands in the log without an outcome.
  void intended(const claim_id& claim, bool stands);
  void settled(const claim_id& claim);
  size_t waiting() const { return queue_.size(); }

  // Recovery: nothing is handed out; claims are found by what the log calls them.

  struct left_over {
    std::vector<question> interrupted;  // an intent, and no outcome
    std::vector<question> taken_back;   // recalled or refused, and no outcome
  };
  void begin_recovery();
  std::optional<claim_id> named(const settled_reminder& s) const;
  /// What the log left open. Both kinds are not handed out any more, and wait to be settled; all others are queued.
  left_over end_recovery();

  /// One record each; `cut` is called behind it.
  void save(byte_writer& to, const std::function<void()>& cut) const;
  /// `moved` says where carts are now; one that is over gets the place `over`, which goes down, and is put among them.
  void load_one(byte_reader& from, moved_carts& moved, const shard_share& mine, uint32_t& over);

 private:
  enum class place : uint8_t { queued, at_gate, offered, taken_back };
  struct open_claim {
    question asked;
    place where = place::queued;
    bool intended = false;
  };
  struct waiting_claim {
    instant due;
    claim_id claim;
  };
  static uint64_t key(const cart_ref& cart) { return uint64_t{cart.slot} << 32 | cart.generation; }
  static bool later(const waiting_claim& a, const waiting_claim& b);
  void queue(const question& q, const claim_id& claim);
  /// In one order, whatever the table's.
  std::vector<claim_id> in_order() const;

  std::vector<waiting_claim> queue_;  // a heap; those not `queued` any more are passed over
  std::unordered_map<claim_id, open_claim, claim_id_hash> claims_;
  std::unordered_map<uint64_t, std::vector<claim_id>> by_cart_;
  std::unordered_map<claim_id, due_reminder, claim_id_hash> kept_;
  std::optional<text_map<claim_id>> by_name_;  // while recovering
};

}  // namespace cartwheel
