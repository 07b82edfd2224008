#pragma once

#include <string>
#include <string_view>

namespace cartwheel {

/// Appends `text` so that it is text in HTML, in an element as in a quoted attribute: & < > " ' become references.
void append_html(std::string& out, std::string_view text);

}  // namespace cartwheel
