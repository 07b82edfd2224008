#pragma once

#include "app/demo/dice.hpp"
#include "app/demo/gateway_event.hpp"

#include <array>
#include <span>
#include <string_view>

namespace cartwheel {

/// Where a made-up shopper lives; names a language, a country and a time zone.
struct place {
  std::string_view locale;
  std::string_view country;
  std::string_view time_zone;
  size_t language;  // into product::names and the shop's categories: 0 Dutch, 1 French, 2 English
  double share;
  std::span<const std::string_view> first_names;
  std::span<const std::string_view> last_names;
};

/// A made-up product. Units: price in euro cents.
struct product {
  std::string_view id;
  size_t category;
  int64_t price;
  std::array<std::string_view, 3> names;  // by language
};

std::span<const place> places();
std::span<const product> products();

/// Which of places(): by their shares.
size_t pick_place(dice& d);
/// Which of products(): a few sell well, most do not.
size_t pick_product(dice& d);

/// The line a gateway sends for so many pieces of a product.
gateway_item line_of(const product& p, const place& where, uint32_t quantity);

}  // namespace cartwheel
