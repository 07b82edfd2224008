#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cartwheel {

/// Packs bytes into one zstd frame that knows their number.
std::string zstd_packed(std::string_view bytes);

/// What zstd_packed made of bytes.
/// Bounds: at most `bytes_max` come out.  Errors: broken_bytes, for what is no such frame, is damaged, or says it is larger.
std::string zstd_unpacked(std::string_view packed, size_t bytes_max);

}  // namespace cartwheel
