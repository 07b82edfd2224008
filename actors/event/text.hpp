#pragma once

#include <cstdint>
#include <string_view>

namespace cartwheel {

enum class text_content : uint8_t {
  printable_ascii,  // 0x20..0x7e only
  utf8,             // valid, no control characters
  controls,         // valid, with control characters (C0, DEL or C1)
  broken,           // not UTF-8 (RFC 3629: no surrogates, no overlong forms)
};

/// Says what a text is made of. Cost: eight bytes a step while it is printable ASCII.
text_content inspect_text(std::string_view text);

}  // namespace cartwheel
