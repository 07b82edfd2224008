#pragma once

#include "actors/event/decode.hpp"
#include "actors/event/record.hpp"

namespace cartwheel {

/// Judges a complete record by docs/EVENTS.md and adds it to the batch, as an event or as a refusal.
/// Shape: the checks run in the order of event_field, so the reason does not depend on the order of keys, nor on the
/// carrier.  Source: docs/EVENTS.md; docs/SEMANTICS.md 5 and 22.
void judge(const event_record& record, const decode_rules& rules, size_t index, std::string_view raw,
           event_batch& batch);

/// Adds a refusal for what could not be read as a record at all.
void refuse(std::string reason, size_t index, std::string_view raw, event_batch& batch);

}  // namespace cartwheel
