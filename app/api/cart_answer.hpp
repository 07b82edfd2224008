#pragma once

#include "app/api/cart_story.hpp"
#include "transport/http/message.hpp"

#include <optional>
#include <string>

namespace cartwheel {

/// GET /v1/carts/{shop}/{cart_id}: the cart when it is open; what was decided about it and why, the newest decisions, the
/// oldest of them first; its story; how it stands.
/// 404 when nothing is known of it. With `at`, what was known by then.
http::response cart_answer(const cart_knowledge& known, const campaign_settings& campaign,
                           std::optional<instant> at = std::nullopt);

/// The cart alone, as one of the carts of a person: a JSON object.
std::string cart_object(std::string_view shop, const cart_view& open, const campaign_settings& campaign);

}  // namespace cartwheel
