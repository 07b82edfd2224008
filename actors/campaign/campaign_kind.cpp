#include "actors/campaign/campaign_kind.hpp"

#include <array>

namespace cartwheel {

std::string_view to_string(campaign_kind campaign) {
  constexpr std::array<std::string_view, campaign_count> names{"cart",   "checkout", "unpaid", "after_purchase",
                                                               "browse", "stock",    "price"};
  return names[static_cast<size_t>(campaign)];
}

std::string_view to_string(cart_stage stage) {
  constexpr std::array<std::string_view, cart_stage_count> names{"cart", "checkout", "payment"};
  return names[static_cast<size_t>(stage)];
}

}  // namespace cartwheel
