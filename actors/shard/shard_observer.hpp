#pragma once

#include "actors/campaign/campaign_kind.hpp"
#include "actors/campaign/reason.hpp"
#include "actors/event/event.hpp"
#include "actors/shard/cart_milestone.hpp"
#include "actors/shard/consent_proof.hpp"
#include "actors/shard/ended_cart.hpp"
#include "actors/shard/epoch.hpp"
#include "actors/shard/event_place.hpp"
#include "actors/shard/notice.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/timing_wheel.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// Where a decision line comes from.
enum class decision_origin : uint8_t {
  part_c,      // decided just now: it is to stand in the log
  recorded,    // it stands there already: recovery has applied it again
  settlement,  // a claimed reminder was given back; its outcome stands in the log
};

/// One line of the decision log. Source: docs/SEMANTICS.md rule 20.
struct decision_line {
  instant tick{};
  std::string shop;
  std::string cart_id;
  std::string customer_id;  // empty: null
  uint8_t step = 0;
  cartwheel::channel channel = cartwheel::channel::email;
  decision_outcome outcome = decision_outcome::refused;
  cartwheel::reason reason = cartwheel::reason::no_address;
  decision_origin origin = decision_origin::part_c;
  // What recovery needs besides, of what part c decided.
  uint32_t cycle = 0;
  instant due{};
  address_key address{};
  std::optional<std::string> facts{};  // what it rested on (actors/campaign/packed_facts), where that was recorded
  campaign_kind campaign = campaign_kind::cart;
};

/// Decisions that stand in the log, by the tick they were made in; one per shard, for its own carts.
using past_decisions = std::map<wheel_tick, std::vector<decision_line>>;

/// An event that could not be applied: a broken contract, or a handler that failed on it.
struct dead_letter {
  instant time{};
  std::string reason;
  std::string event;
  std::optional<event_place> failed{};  // a handler failed on it
  event_place refused{};                // else: its place, among all events of its record
};

/// A purchase of a cart within seven days after one of its reminders was accepted.
struct recovered_cart {
  std::string shop;
  std::string cart_id;
  currency_code currency;
  int64_t value = -1;  // minor units; -1 when not known
};

/// A reminder that was offered and of which no answer came, and how it stands with it: `reminder.how` is held; resent or
/// let_go (goes out again); in_doubt or dropped (does not, and nobody knows); or, when it went out again, how it ended.
struct doubt {
  settled_reminder reminder;
  instant since{};
  std::string message_id;  // empty: its bytes were not kept
};

/// Whether something may still come of it.
constexpr bool is_open(settlement how) {
  return how == settlement::held || how == settlement::resent || how == settlement::let_go;
}

/// What a shard tells the world. Runs on: the shard's thread; several shards call at once.
class shard_observer {
 public:
  virtual ~shard_observer() = default;
  virtual void decided(shard_id shard, std::vector<decision_line> lines) = 0;
  virtual void dead(shard_id shard, dead_letter letter) = 0;
  virtual void recovered(shard_id shard, recovered_cart cart) = 0;
  /// It is in doubt, or stands differently with it. Told again in recovery.  (A replay sends nothing, so it has none.)
  virtual void doubted(shard_id, doubt) {}
  /// Somebody has given consent or withdrawn it. Told again in recovery.  (A replay need prove nothing.)
  virtual void consented(shard_id, consent_proof) {}
  /// And is erased: what they granted needs no proof any more. Told again in recovery.
  virtual void forgotten(shard_id, const address_key& /*subject*/) {}
  /// Things that happened to carts. Told again in recovery.  (A replay has nobody who asks.)
  virtual void passed(shard_id, std::vector<cart_milestone>) {}
  /// A cart is over of which a mail may have left; and what happened to one since. Told again in recovery.  (A replay sends
  /// no mails, so nobody follows their links.)
  virtual void ended(shard_id, ended_cart) {}
  virtual void heard_of_ended(shard_id, news_of_ended_cart) {}
  /// The shard has worked off an epoch, which held `events` events for it.
  virtual void applied(shard_id shard, size_t events) = 0;
};

}  // namespace cartwheel
