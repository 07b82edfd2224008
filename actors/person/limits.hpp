#pragma once

#include <cstddef>

namespace cartwheel::limits {

/// Open carts of one customer or visitor; the oldest ends `superseded`. More is a crawler, not a shopper.
constexpr size_t carts_of_a_person_max = 1000;

}  // namespace cartwheel::limits
