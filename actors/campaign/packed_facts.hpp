#pragma once

#include "actors/campaign/decision_facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// The facts of a decision as bytes, for records that outlive this version.
/// Shape: for each fact that is not what a decision_facts begins with: its tag, its length, its value (byte_writer).
std::string pack(const decision_facts& facts);

/// What was packed, by this version or another: a fact that is not there is what a decision_facts begins with, a tag that
/// is not known is passed over. Errors: nothing for bytes that break off, and for a value this version has no name for.
std::optional<decision_facts> unpack_facts(std::string_view bytes);

}  // namespace cartwheel
