#pragma once

#include "actors/shard/epoch.hpp"
#include "actors/shard/outbox.hpp"
#include "actors/shard/shard_observer.hpp"
#include "actors/shard/snapshot.hpp"
#include "runtime/timing_wheel.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

/// The messages of a shard and of the customer and consent actors that live on it. They stay in the process (pointers
/// travel in them), so none can be serialised.
namespace cartwheel {

/// What one shard hands to another at the end of a step of an epoch, and what waits with it: all shards see the same
/// summaries, so all choose the same next step without a coordinator. Sent to the actor whose station comes next.
struct exchange {
  epoch_number epoch{};
  uint32_t step = 0;
  shard_id from{};
  outbox::tray tray;
  std::array<log_order, station_count> waiting{};  // lowest log order at each station, its own and what it hands out
  uint32_t questions = 0;                          // stations with questions, one bit each
  bool answers = false;
  std::vector<log_order> boundaries;
  wheel_tick next_tick = timing_wheel::no_tick;
};
using exchange_ptr = std::shared_ptr<exchange>;

/// Asks, outside an epoch, whether a claimed reminder may still go: the soft gate. Sent to the customer actor of the
/// cart's customer; each actor adds what it knows and delegates, the consent actor answers the asker.
///   permission   decided on consent, orders and not-after as they stand now; claims nothing
struct ask_permission {
  question asked;
};
struct permission {
  question asked;
  decision decided;
};

/// Asks a shard for a cart's handle.
///   caf::actor   the cart, addressable on its own
///   sec::invalid_argument   no such cart is open; how one ended that was, the observer has been told
struct find_cart {
  std::string shop;
  std::string cart_id;
};

/// Asks what would be decided about a cart's next step, as things stand; goes the way of ask_permission, with the cap and
/// the count of the cart, and claims nothing.
///   permission            decided as if at the step's due time, or now where that has passed
///   sec::invalid_argument no such cart is open, or it has nothing that could be asked: it is paused
struct ask_as_things_stand {
  std::string shop;
  std::string cart_id;
  instant now{};
};

/// Grants credit: up to `n` claimed reminders may leave, oldest due first.
struct grant {
  size_t n = 0;
};

/// Other rules decide what follows; between epochs.
struct use_rules {
  std::shared_ptr<const deciding_rules> rules;
};

/// What follows are epochs of a log that is read again: these decisions were made then.
struct begin_recovery {
  past_decisions past;
};
/// The log is at its end: the shard goes on by itself.
struct end_recovery {};

/// From a shard to itself: a slice of its snapshot, behind whatever has come in meanwhile.
struct go_on_with_snapshot {};

/// Tells a shard who its peers are; the first message it gets.
struct meet_peers {
  struct peer {
    caf::strong_actor_ptr shard;
    caf::strong_actor_ptr customers;
    caf::strong_actor_ptr consents;
  };
  std::vector<peer> peers;
};

}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::exchange_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::epoch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::ask_permission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::permission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::find_cart)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::ask_as_things_stand)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::grant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::load_carts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::load_persons)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::use_rules)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::begin_recovery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::end_recovery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::go_on_with_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::meet_peers)
