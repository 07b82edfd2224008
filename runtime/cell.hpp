#pragma once

#include "runtime/cell_arena.hpp"

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace cartwheel {

/// A lean actor: a real CAF actor (it has an address, can be messaged, requested, monitored, linked and killed alone)
/// without a mailbox, a scheduler slot or a behaviour of its own. It lives on a host, the detached actor of its shard:
/// a message to its handle, from any thread, travels through the host's mailbox and is handled on the host's thread; the
/// host itself calls straight in. That is what makes one actor per cart affordable: 184 B of CAF instead of 1,240 B, and
/// tens of millions of in-place deliveries a second.
/// Runs on: receive, end and everything below them on the host's thread; enqueue on any thread.
/// Cost: one parcel (heap) per message sent to the handle, none per in-place delivery.
class cell : public caf::monitorable_actor {
 public:
  explicit cell(caf::actor_config& cfg) : caf::monitorable_actor{cfg} {}

  const char* name() const override { return "cell"; }

  /// Hands the message to the host. After the host is gone it bounces: a request gets an error, not silence.
  /// Bounds: a handle keeps the host's object, and so must be let go before its actor_system ends, which waits for it.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) final;

  /// Handles one message: CAF's own (exit, links) here, all others in on_message, which takes sender and mid from the
  /// element if it wants to answer later.
  void receive(caf::mailbox_element& what, caf::execution_unit* context);

  /// Ends this actor alone: monitors and links are told, the state is dropped. Later messages bounce.
  void end(caf::error reason, caf::execution_unit* context);

  bool ended() const { return getf(is_cleaned_up_flag); }

  /// A cell nobody can reach any more ends as any actor does: its monitors hear `unreachable`.
  void on_destroy() override;

 protected:
  virtual void on_message(caf::mailbox_element& what, caf::execution_unit* context) = 0;
  /// Drops the state while the host's thread still runs: a handle held elsewhere may outlive it.
  virtual void on_end() = 0;

  /// Answers a request; a plain message needs no answer.
  void respond(const caf::mailbox_element& request, caf::message answer, caf::execution_unit* context);

  /// Any thread may ask.
  virtual const caf::strong_actor_ptr& host() const = 0;

  /// CAF puts an actor one line of the cache behind its control block, which does not fill that: what is left of it lies in
  /// front of the actor, and is its own.
  static constexpr size_t front_bytes = 8;
  static_assert(sizeof(caf::actor_control_block) + front_bytes <= CAF_CACHE_LINE_SIZE);
  void* front() { return reinterpret_cast<char*>(this) - front_bytes; }
  const void* front() const { return reinterpret_cast<const char*>(this) - front_bytes; }
};

/// A cell that lies where it likes, and remembers its host.
class lone_cell : public cell {
 public:
  lone_cell(caf::actor_config& cfg, caf::strong_actor_ptr host) : cell{cfg}, host_{std::move(host)} {}

 protected:
  const caf::strong_actor_ptr& host() const final { return host_; }

 private:
  caf::strong_actor_ptr host_;
};

/// A cell in an arena, whose host is that of all of them (cells_of).
/// Bounds: what keeps its block, a weak reference too, keeps the host's object.
class arena_cell : public cell {
 protected:
  using cell::cell;
  const caf::strong_actor_ptr& host() const final {
    return *static_cast<const caf::strong_actor_ptr*>(cell_arena::companion_of(this));
  }
};

/// The companion of an arena whose cells have this host.
inline std::shared_ptr<const void> cells_of(caf::strong_actor_ptr host) {
  return std::make_shared<const caf::strong_actor_ptr>(std::move(host));
}

/// What a host's mailbox carries for one of its cells. The host answers it with `parcel->to->receive(*parcel->what, ...)`.
struct parcel {
  caf::strong_actor_ptr to;
  caf::mailbox_element_ptr what;

  /// A request that no cell received (its host is gone, or threw) bounces here: a closed mailbox drops parcels unseen.
  ~parcel();
  cell& receiver() const;
};
using parcel_ptr = std::shared_ptr<parcel>;

}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::parcel_ptr)

namespace cartwheel {

/// Makes a cell of type Cell; its constructor takes (actor_config&, host, args...).
template <class Cell, class... Args>
caf::strong_actor_ptr make_cell(caf::actor_system& system, caf::strong_actor_ptr host, Args&&... args) {
  caf::actor_config config;
  return caf::make_actor<Cell, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system, config,
                                                      std::move(host), std::forward<Args>(args)...);
}

/// What a cell takes of an arena: CAF's shape of an actor, control block first.
template <class Cell>
struct cell_block {
  static constexpr size_t bytes = CAF_CACHE_LINE_SIZE + sizeof(Cell);

  // As caf::actor_storage has them. Whoever lets go last runs them, on any thread.
  static void end_cell(caf::abstract_actor* cell) {
    cell->on_destroy();
    static_cast<Cell*>(cell)->~Cell();
  }
  static void end_block(caf::actor_control_block* block) {
    block->~actor_control_block();
    cell_arena::give_back(block);
  }
};

/// One in a block of an arena made for cells_of a host, with so many bytes behind it that are its own; its constructor takes
/// (actor_config&, args...).
/// Errors: std::bad_alloc, std::length_error, and what the constructor throws.
template <class Cell, class... Args>
caf::strong_actor_ptr make_cell_in(cell_arena& arena, size_t bytes_behind, caf::actor_system& system, Args&&... args) {
  using block = cell_block<Cell>;
  static_assert(std::is_base_of_v<arena_cell, Cell>);
  static_assert(alignof(Cell) <= 8);
  void* memory = arena.take(block::bytes + bytes_behind);
  caf::node_id node = system.node();
  auto* control =
    new (memory) caf::actor_control_block{system.next_actor_id(), node, &system, block::end_cell, block::end_block};
  try {
    caf::actor_config config;
    auto* made = new (static_cast<char*>(memory) + CAF_CACHE_LINE_SIZE) Cell(config, std::forward<Args>(args)...);
    // CAF goes from one to the other by that distance alone.
    if (static_cast<caf::abstract_actor*>(made) != control->get()) std::abort();
  } catch (...) {
    block::end_block(control);
    throw;
  }
  return {control, false};
}

/// The cell behind a handle made by make_cell<Cell>.
template <class Cell>
Cell* cell_cast(const caf::strong_actor_ptr& handle) {
  return static_cast<Cell*>(handle->get());
}

}  // namespace cartwheel
