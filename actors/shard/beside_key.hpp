#pragma once

#include "actors/campaign/campaign_kind.hpp"
#include "actors/shard/notice.hpp"

#include <string>
#include <string_view>

/// Under which what is no cart lies among the carts of its shop. No event names it: ids hold no control characters.
/// Source: docs/SEMANTICS.md, Campaigns beside carts.
namespace cartwheel {

constexpr char sale_mark = '\x01';
constexpr char trail_mark = '\x02';
constexpr char trail_of_customer = 'c';
constexpr char trail_of_visitor = 'v';

inline std::string sale_key(std::string_view order_id) { return std::string{sale_mark}.append(order_id); }
/// Of a customer or visitor.
inline std::string trail_key(subject_kind who, std::string_view id) {
  return std::string{trail_mark, who == subject_kind::customer ? trail_of_customer : trail_of_visitor}.append(id);
}

constexpr cart_subject subject_of_key(std::string_view cart_id) {
  return cart_id.starts_with(sale_mark)    ? cart_subject::sale
         : cart_id.starts_with(trail_mark) ? cart_subject::trail
                                           : cart_subject::cart;
}
/// Of a sale's key.
constexpr std::string_view order_of_key(std::string_view sale) { return sale.substr(1); }
/// Of a trail's key.
constexpr subject_kind who_of_key(std::string_view trail) {
  return trail.substr(1).starts_with(trail_of_customer) ? subject_kind::customer : subject_kind::visitor;
}
constexpr std::string_view id_of_key(std::string_view trail) { return trail.substr(2); }

}  // namespace cartwheel
