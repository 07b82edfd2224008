#pragma once

#include "actors/consent/limits.hpp"
#include "actors/consent/suppression_list.hpp"
#include "actors/event/event.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"

#include <functional>
#include <unordered_map>

namespace cartwheel {

/// What somebody has asked for short of leaving. It holds for all shops of the installation, as the cap does: it is their
/// inbox. Of each wish the latest by time counts, at equal times the one that arrived later.
struct preference {
  instant paused_until = before_all;  // no reminder before then
  instant pause_said = before_all;
  bool weekly = false;  // at most one reminder in limits::weekly_window
  instant frequency_said = before_all;

  bool pauses_at(instant t) const { return t < paused_until; }
  friend bool operator==(const preference&, const preference&) = default;
};

/// The wishes of one shard's addresses, by keyed hash. Nothing here reads a clock: times are the log's.
/// Bounds: a pause reaches limits::pause_max behind the event that asks for it, whatever it says: longer is for an
/// unsubscription.  Cost: about 90 B for each who asked for something, always in memory; what is over is swept.
/// Runs on: the shard's thread.  Source: docs/decisions/0015-links-in-mails.md.
class preference_list {
 public:
  /// What an event `preferences` of this time says of an address.  True: it pauses from then on, and did not before.
  bool note(const address_key& key, const event_details& said, instant time);

  /// Null: nothing was asked for.
  const preference* find(const address_key& key) const;
  void forget(const address_key& key) { entries_.erase(key); }
  size_t size() const { return entries_.size(); }

  /// One record each; `cut` is called behind it.
  void save(byte_writer& to, const std::function<void()>& cut) const;
  void load_one(byte_reader& from, const shard_share& mine);

 private:
  void sweep(instant now);

  std::unordered_map<address_key, preference, address_key_hash> entries_;
  size_t sweep_at_ = limits::preferences_swept_from;
};

}  // namespace cartwheel
