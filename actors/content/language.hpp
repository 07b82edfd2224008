#pragma once

#include <string>
#include <string_view>

namespace cartwheel {

/// Whether a text has the shape of a BCP 47 tag that begins with a language ("nl", "nl-BE", "zh-Hant-TW").
bool is_language_tag(std::string_view tag);

/// The same tag in small letters and with hyphens, for comparing ("nl_BE" -> "nl-be").
std::string lower_language_tag(std::string_view tag);
bool same_language_tag(std::string_view a, std::string_view b);

/// The tag without its last part: "nl-BE" -> "nl" -> "". Source: RFC 4647 section 3.4 (Lookup).
std::string_view less_special(std::string_view tag);

/// The part that names the language: "nl-BE" -> "nl".
std::string_view primary_language(std::string_view tag);

}  // namespace cartwheel
