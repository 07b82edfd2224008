#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/person/holdings.hpp"
#include "actors/shard/router.hpp"
#include "actors/shard/shard_observer.hpp"
#include "app/api/person_query.hpp"
#include "transport/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// What a node remembers beside what it holds: decisions, of which the person's are chosen, and what proves their consents.
struct person_past {
  std::vector<decision_line> decisions;
  std::vector<cart_milestone> milestones;
  std::vector<consent_proof> proofs;
};

/// Under whose name the consents of somebody are proven.
std::vector<address_key> subjects_of(person_by by, const std::string& id, const holdings& held,
                                     const node_hash_keys& keys);

/// GET /v1/persons/{id}?by=customer|visitor|email&shop=SHOP: everything that is held on somebody. With a shop, carts,
/// orders, decisions and evidence of that one only.
/// 404 when nothing is held.
http::response person_answer(person_by by, std::string_view id, std::string_view shop, const holdings& held,
                             const person_past& past, const campaign_settings& campaign);

}  // namespace cartwheel
