#pragma once

#include <string>
#include <string_view>

namespace cartwheel {

/// Under which an order's sale lies among the carts of its shop. No event names it: ids hold no control characters.
/// Source: docs/SEMANTICS.md, Campaigns beside carts.
constexpr char sale_mark = '\x01';
inline std::string sale_key(std::string_view order_id) { return std::string{sale_mark}.append(order_id); }
constexpr bool is_sale_key(std::string_view cart_id) { return cart_id.starts_with(sale_mark); }

}  // namespace cartwheel
