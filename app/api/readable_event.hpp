#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// A refused event as an operator can read it: text as it came, msgpack (what Forward carries) as JSON.
/// Errors: nothing for what is neither, for msgpack that was cut, and for nesting beyond limits::msgpack_depth_max.
std::optional<std::string> readable_event(std::string_view received);

}  // namespace cartwheel
