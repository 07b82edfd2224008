#pragma once

#include "runtime/base/hash.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel {

/// Whether a cart is of the `percent` of all carts that are not reminded, to compare with. It is the same answer at each of
/// its steps, in every process and in every replay: drawn from a hash of its names, keyed by the campaign's.
inline bool is_held_out(std::string_view shop, std::string_view cart_id, unsigned percent) {
  constexpr hash_key campaign_cart{0x686f6c646f757420ull, 0x63616d702e636172ull};
  return percent > 0 && keyed_hash(campaign_cart, shop, cart_id) % 100 < percent;
}

}  // namespace cartwheel
