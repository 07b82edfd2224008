#include "actors/content/html.hpp"

#include <array>

namespace cartwheel {

namespace {

constexpr auto plain = [] {
  std::array<bool, 256> t{};
  t.fill(true);
  for (char c : {'&', '<', '>', '"', '\''}) t[static_cast<unsigned char>(c)] = false;
  return t;
}();

}  // namespace

void append_html(std::string& out, std::string_view text) {
  for (;;) {
    size_t run = 0;
    while (run < text.size() && plain[static_cast<unsigned char>(text[run])]) ++run;
    out.append(text.substr(0, run));
    if (run == text.size()) return;
    switch (text[run]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += "&#39;"; break;
    }
    text.remove_prefix(run + 1);
  }
}

}  // namespace cartwheel
