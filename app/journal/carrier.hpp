#pragma once

#include "actors/event/event.hpp"
#include "runtime/journal/record.hpp"

#include <string_view>
#include <vector>

/// A record of events as its carrier wrote it.
namespace cartwheel {

/// Its parts as decoders count them: entries of a chunk, lines, elements of an array. They lie in the payload, in order.
/// Errors: std::runtime_error for a record that holds no events.
std::vector<std::string_view> parts_of(const record& r);

/// The lines of a text, without their ends.
std::vector<std::string_view> lines_in(std::string_view text);

/// Decodes it as a replay would: no clock refuses what was dated ahead.  Errors: as parts_of.
void decode_parts(const record& r, event_batch& into);

}  // namespace cartwheel
