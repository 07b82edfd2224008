#pragma once

#include "actors/shard/ebb.hpp"
#include "actors/shard/shard.hpp"
#include "actors/shard/shard_messages.hpp"
#include "runtime/base/allocator.hpp"
#include "runtime/cell.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace cartwheel {

/// An actor that lives on a shard beside the carts: the customer actor or the consent actor of its person partitions.
/// Batches of an epoch's part b and c reach it by message from other shards; its own shard calls in.
class resident : public lone_cell {
 public:
  resident(caf::actor_config& cfg, caf::strong_actor_ptr host, class shard_actor& shard)
      : lone_cell{cfg, std::move(host)}, shard_{shard} {}

 protected:
  /// Hands an exchange to the shard's step.
  void arrived(exchange_ptr x);
  /// Sends a question on to the actor that knows more, with the asker's address, so that the last one answers it.
  void delegate(const caf::mailbox_element& asked, question q, caf::execution_unit* context);
  class shard_actor& shard_;

 private:
  void on_end() override {}
};

/// Answers what is known of customers and visitors; delegates to the consent actor of the address.
class customer_actor final : public resident {
 public:
  using resident::resident;
  const char* name() const override { return "customer"; }

 private:
  void on_message(caf::mailbox_element& what, caf::execution_unit* context) override;
};

/// Decides: the one place where a reminder to an address is claimed.
class consent_actor final : public resident {
 public:
  using resident::resident;
  const char* name() const override { return "consent"; }

 private:
  void on_message(caf::mailbox_element& what, caf::execution_unit* context) override;
};

/// The supervisor of one shard: a detached actor that owns the cells of its partitions and works through epochs in log
/// order. Shards meet at the end of each step of an epoch that needs it: each sends every other one exchange and goes on
/// when all have arrived. One that fails ends the process (recovery is the restart).
class shard_actor : public caf::event_based_actor {
 public:
  shard_actor(caf::actor_config& cfg, shard_id id, const shard_setup& setup, shard_metrics& metrics);

  caf::behavior make_behavior() override;
  void on_exit() override;

  shard& core() { return *shard_; }
  meet_peers::peer address() const;

 private:
  friend class resident;
  friend class customer_actor;
  friend class consent_actor;
  enum class phase : uint8_t { idle, persons, ticks };

  caf::actor who_knows_first(const question& q) const;
  void pump();
  void begin();
  void proceed();
  bool everyone_is_here() const;
  exchange summary();
  void meet(station next);
  void finish();
  void write_snapshot();
  void return_memory_when_quiet(size_t events);
  const caf::strong_actor_ptr& receiver_of(size_t shard_number, station next) const;

  shard_id id_;
  const shard_setup& setup_;
  std::unique_ptr<shard> shard_;
  caf::strong_actor_ptr customers_;
  caf::strong_actor_ptr consents_;
  std::vector<meet_peers::peer> peers_;
  std::deque<epoch_ptr> epochs_;
  epoch_ptr current_;
  phase phase_ = phase::idle;
  uint32_t step_ = 0;
  instant decided_until_ = before_all;
  std::deque<log_order> limits_;
  exchange own_;
  bool go_on_sent_ = false;
  ebb carts_ebb_;
  std::optional<prompt_return> at_once_;  // while they ebb away
  size_t events_since_ = 0;               // memory was returned
  std::chrono::steady_clock::time_point last_events_;
  // What has arrived, by epoch and step: a peer may be one step ahead.
  std::map<std::pair<uint64_t, uint32_t>, std::vector<exchange_ptr>> arrived_;
};

}  // namespace cartwheel
