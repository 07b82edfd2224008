#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cartwheel {

/// How many bytes `node.memory` means on a machine with `machine_bytes`: "75%" (1..100) or "512MiB", "8GiB", "1TiB".
/// Errors: nothing for any other text, and for less than limits::memory_bytes_min in bytes.
std::optional<uint64_t> parse_memory(std::string_view text, uint64_t machine_bytes);

}  // namespace cartwheel
