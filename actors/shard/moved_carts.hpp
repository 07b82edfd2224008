#pragma once

#include "actors/shard/notice.hpp"

#include <unordered_map>

namespace cartwheel {

/// Where the carts of a snapshot are now. With as many shards as it was taken with, each is where it was; else by a table.
/// One that is not in it was over already: a reference to it means no cart.
class moved_carts {
 public:
  void stay() { stay_ = true; }
  void put(const cart_ref& from, const cart_ref& to) { now_.emplace(key(from), to); }
  void join(moved_carts&& other) { now_.merge(other.now_); }

  cart_ref operator()(const cart_ref& from) const {
    if (stay_ || !from.given()) return from;
    auto i = now_.find(key(from));
    return i == now_.end() ? cart_ref{} : i->second;
  }

 private:
  struct key {
    explicit key(const cart_ref& c) : shard{c.shard}, slot{c.slot}, generation{c.generation} {}
    shard_id shard;
    uint32_t slot, generation;
    friend bool operator==(const key&, const key&) = default;
  };
  struct key_hash {
    size_t operator()(const key& k) const {
      return (uint64_t{k.slot} << 32 | k.generation) * 0x9e3779b97f4a7c15ull ^ static_cast<uint64_t>(k.shard) << 40;
    }
  };

  bool stay_ = false;
  std::unordered_map<key, cart_ref, key_hash> now_;
};

}  // namespace cartwheel
