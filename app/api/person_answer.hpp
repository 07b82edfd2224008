#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/gateway/history.hpp"
#include "actors/person/holdings.hpp"
#include "actors/shard/router.hpp"
#include "actors/shard/shard_observer.hpp"
#include "app/api/person_query.hpp"
#include "transport/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// What a node remembers of somebody beside what it holds.
struct person_past {
  history::findings found;
  std::vector<consent_proof> proofs;
};

/// What of a history is somebody's: of the customer who asks, or of one of the customers, addresses and carts that were found.
/// `stop` is left to the caller.  Lifetime: `held` outlives it.
history::search search_for(person_by by, const std::string& id, const std::string& shop, const holdings& held);

/// Under whose name the consents of somebody are proven.
std::vector<address_key> subjects_of(person_by by, const std::string& id, const holdings& held,
                                     const node_hash_keys& keys);

/// GET /v1/persons/{id}?by=customer|visitor|email&shop=SHOP: everything that is held on somebody. With a shop, carts,
/// orders, decisions and evidence of that one only. `complete` is false where there is more of somebody's past than is told.
/// 404 when nothing is held.
http::response person_answer(person_by by, std::string_view id, std::string_view shop, const holdings& held,
                             const person_past& past, const campaign_settings& campaign);

}  // namespace cartwheel
