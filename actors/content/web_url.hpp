#pragma once

#include <string_view>

namespace cartwheel {

/// Whether a text may stand in a mail or a page as a link: http(s) with a host, no spaces, controls, quotes or angle
/// brackets.
bool is_web_url(std::string_view url);

}  // namespace cartwheel
