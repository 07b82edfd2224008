#pragma once

#include "actors/shard/shard_observer.hpp"

#include <string>

namespace cartwheel {

/// A decision as one JSON line without its end. Source: docs/SEMANTICS.md rule 20.
std::string to_json(const decision_line& line);

}  // namespace cartwheel
