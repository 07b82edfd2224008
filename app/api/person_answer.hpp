#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/person/holdings.hpp"
#include "actors/shard/shard_observer.hpp"
#include "app/api/person_query.hpp"
#include "transport/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// GET /v1/persons/{id}?by=customer|visitor|email&shop=SHOP: everything that is held on somebody. With a shop, carts,
/// orders and decisions of that one only. `decisions`: those the node remembers; the person's are chosen here.
/// 404 when nothing is held.
http::response person_answer(person_by by, std::string_view id, std::string_view shop, const holdings& held,
                             const std::vector<decision_line>& decisions, const campaign_settings& campaign);

}  // namespace cartwheel
