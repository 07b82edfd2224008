#pragma once

#include "actors/shard/epoch.hpp"
#include "actors/shard/reminder_desk.hpp"

#include <functional>
#include <vector>

namespace cartwheel {

/// What the mailer needs of the node: the log for what it is about to do and what came of it, and the shards for more.
/// Runs on: called on the mailer's thread.
class mail_ledger {
 public:
  virtual ~mail_ledger() = default;

  /// Writes ahead that these reminders are about to be offered. `durable` is called once, on any thread; false: the log
  /// is broken, nothing may be offered any more.
  virtual void write_intents(std::vector<settled_reminder> reminders, std::function<void(bool)> durable) = 0;

  /// What became of reminders; comes back to their carts and addresses in log order.
  virtual void settle(std::vector<settled_reminder> reminders) = 0;

  /// Lets a shard hand out up to `n` more claimed reminders; they arrive through reminder_sink.
  virtual void grant(shard_id shard, size_t n) = 0;
};

}  // namespace cartwheel
