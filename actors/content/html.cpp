#include "actors/content/html.hpp"

namespace cartwheel {

void append_html(std::string& out, std::string_view text) {
  for (;;) {
    size_t plain = text.find_first_of("&<>\"'");
    out.append(text.substr(0, plain));
    if (plain == std::string_view::npos) return;
    switch (text[plain]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += "&#39;"; break;
    }
    text.remove_prefix(plain + 1);
  }
}

}  // namespace cartwheel
