#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace cartwheel {

/// The length of the msgpack value at the front, whatever it holds and however deeply: it counts the values that are
/// still owed, so it needs neither stack nor memory.
/// Errors: nothing when it breaks off or is no msgpack.  Source: the MessagePack specification, Formats.
std::optional<size_t> msgpack_length(std::string_view bytes);

}  // namespace cartwheel
