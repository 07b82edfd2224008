#pragma once

#include "app/erase/erased_people.hpp"
#include "runtime/journal/journal.hpp"

#include <optional>
#include <set>
#include <string>

/// A record's payload without the erased. Every event has a place in its record, which others name (failures), so one that
/// goes leaves another behind: one that was accepted an event of the unknown name `erased` with its time and shop, one
/// that was refused an empty one, which is refused as well. All others stay byte for byte.
/// Shape: nothing when the payload may stay as it is.
/// Errors: std::runtime_error for what this version cannot read.
namespace cartwheel {

/// Without the people, but with the `erase` events that name them.
std::optional<std::string> payload_without(const erased_people& people, const logged_record& r);

/// Without these `erase` events: they go last, for as long as one can be read its erasure is pending.
std::optional<std::string> payload_without(const std::set<event_place>& erasures, const logged_record& r);

bool holds_events(const record& r);
/// Without decoding it, which is what makes looking for them cheap.
bool may_hold_erasure(const record& r);
/// Whether an event of a record is an `erase` that was taken (one dated ahead of the node's clock was not).
bool is_erasure(const record& r, const event& e);

}  // namespace cartwheel
