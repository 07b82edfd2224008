#pragma once

#include "actors/consent/address_news.hpp"
#include "actors/consent/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace cartwheel {

struct address_key_hash {
  size_t operator()(const address_key& key) const { return key.high; }  // the key is a keyed hash already
};

/// What is held against an address.
struct suppression {
  address_news reason = address_news::none;  // hard_bounce, quota or complaint
  instant first{};
  instant last{};
  uint32_t count = 0;
  instant until = before_all;  // no mail before that; never: unless an operator lifts it; before_all: it may be mailed
  bool holds_at(instant t) const { return t < until; }
  friend bool operator==(const suppression&, const suppression&) = default;
};

/// Addresses of one shard that get no mail, and those that had no room for one lately. Knows keyed hashes and nothing else,
/// so it outlives an erasure (docs/decisions/0008).
/// Shape: a hard bounce or a complaint holds until it is lifted; a complaint is never made less by a bounce. A third mail
/// within limits::quota_window that found no room holds for that long. Nothing here reads a clock: times are the log's.
/// Cost: about 120 B an entry, always in memory: someone who gets no mail may still have carts, and is asked about.
/// Runs on: the shard's thread.
class suppression_list {
 public:
  /// `mail`: when the reminder was decided that it is about; the same one twice is one strike. True: the address gets no
  /// mail from here on, and did before.
  bool note(const address_key& key, address_news what, instant now, instant mail = before_all);

  /// Null: nothing is held against it.
  const suppression* find(const address_key& key) const;
  /// Those that hold, in no order.
  void each(instant now, const std::function<void(const address_key&, const suppression&)>& tell) const;
  size_t size() const { return entries_.size(); }

  /// One record each; `cut` is called behind it.
  void save(byte_writer& to, const std::function<void()>& cut) const;
  void load_one(byte_reader& from, const shard_share& mine);

 private:
  struct strike {
    instant at = before_all;
    instant mail = before_all;
  };
  struct entry {
    suppression held;
    std::array<strike, limits::quota_strikes_max> strikes;  // of quota; the newest first
  };
  static void strike_at(entry& e, instant now, instant mail);
  void sweep(instant now);

  std::unordered_map<address_key, entry, address_key_hash> entries_;
  size_t sweep_at_ = limits::suppressions_swept_from;
};

}  // namespace cartwheel
