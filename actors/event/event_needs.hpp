#pragma once

#include "actors/event/event.hpp"
#include "actors/event/record.hpp"

#include <string>

namespace cartwheel {

/// Says what an event whose fields are all in order lacks for its kind; empty: nothing.
/// Source: docs/EVENTS.md, Events, column "needs"; docs/SEMANTICS.md 5 (a cart is not merged into itself) and 16.
std::string unmet_need(const event_record& record, const event& e);

}  // namespace cartwheel
