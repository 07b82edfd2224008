#pragma once

#include "actors/content/page.hpp"

#include <string>
#include <string_view>

/// What a link to a cart shows when there is no cart to go to: why, and the way to the shop. An empty cart without a word
/// is what shoppers complain of most.
namespace cartwheel::restore_page {

using page::language;

enum class why : uint8_t {
  expired,  // the link is older than links work
  ordered,  // the cart was bought, or its owner bought something else since
  gone,     // emptied, merged into another one, erased, or not known any more
  unknown,  // the link is none of ours
};

/// `shop_url` may be empty: then there is no link.
std::string told(language l, why w, std::string_view shop_name, std::string_view shop_url);

}  // namespace cartwheel::restore_page
