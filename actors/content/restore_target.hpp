#pragma once

#include <string>
#include <string_view>

namespace cartwheel {

struct shop_settings;

/// What stands for the cart in `shop.restore_url`.
constexpr std::string_view cart_id_mark = "{cart_id}";

/// Where a shopper finds a cart again: at its own address as the gateway gave it; else where the shop says that carts are
/// opened by their id; else on the shop's front page. Nothing of who follows the link goes into it.
std::string restore_target(const shop_settings& shop, std::string_view cart_id, std::string_view cart_url);

}  // namespace cartwheel
