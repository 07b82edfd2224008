#pragma once

#include <cstddef>

namespace cartwheel::limits {

/// Open carts of one customer or visitor; the oldest ends `superseded`. More is a crawler, not a shopper.
constexpr size_t carts_of_a_person_max = 1000;

/// Recorded orders of one customer, visitor or address; the one with the oldest time goes first. Rule 10 asks for orders
/// since a cart's last addition, and a cart waits for 14 days: nobody orders so often who is still reminded.
constexpr size_t orders_of_a_person_max = 64;

}  // namespace cartwheel::limits
