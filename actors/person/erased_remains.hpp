#pragma once

#include "actors/person/event_id_ring.hpp"
#include "actors/shard/notice.hpp"
#include "runtime/base/partitions.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartwheel {

/// A consent that a customer gave before an address was known (SEMANTICS rule 16).
struct waiting_consent {
  std::string shop;
  cartwheel::channel channel{};
  consent_status status{};
  instant time{};
  bool confirmed = false;  // by mail
};
void save_waiting(byte_writer& to, const std::vector<waiting_consent>& consents);
std::vector<waiting_consent> load_waiting(byte_reader& from);

/// What outlives somebody who was erased, so that their id need not: withdrawals (SEMANTICS rule 18) and event ids (22),
/// under a keyed hash of the id, until the same id is heard of again.
class erased_remains {
 public:
  struct remains {
    person_partition partition{};
    std::vector<waiting_consent> consents;
    event_id_ring event_ids;
  };

  void keep(const address_key& hash, remains r) {
    if (!r.consents.empty() || !r.event_ids.empty()) kept_.insert_or_assign(key(hash), std::move(r));
  }
  std::optional<remains> take(const address_key& hash) {
    auto node = kept_.extract(key(hash));
    return node.empty() ? std::nullopt : std::optional{std::move(node.mapped())};
  }
  bool empty() const { return kept_.empty(); }

  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [hash, r] : kept_) visit(address_key{hash.first, hash.second}, r);
  }

 private:
  static std::pair<uint64_t, uint64_t> key(const address_key& hash) { return {hash.high, hash.low}; }
  std::map<std::pair<uint64_t, uint64_t>, remains> kept_;
};

}  // namespace cartwheel
