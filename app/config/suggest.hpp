#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::config {

/// The known name that a mistyped one most likely means: the fewest letters inserted, dropped, changed or swapped with
/// their neighbour. Errors: nothing when none is near (a third of the letters, at least one).
/// Cost: a product of lengths per name; for complaints only.
std::optional<std::string> closest(std::string_view mistyped, const std::vector<std::string>& known);

}  // namespace cartwheel::config
