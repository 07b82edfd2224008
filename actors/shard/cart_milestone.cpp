#include "actors/shard/cart_milestone.hpp"

#include <array>

namespace cartwheel {

std::string_view to_string(milestone m) {
  constexpr std::array<std::string_view, static_cast<size_t>(last_milestone) + 1> names{"ended", "paused", "resumed",
                                                                                        "mail"};
  return names[static_cast<size_t>(m)];
}

}  // namespace cartwheel
