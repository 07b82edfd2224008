#include "actors/content/restore_target.hpp"

#include "actors/campaign/campaign.hpp"
#include "actors/content/web_url.hpp"

namespace cartwheel {

namespace {

/// All but what RFC 3986 section 2.3 leaves unreserved: an id must stay a part of where it stands.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
        c == '_' || c == '~')
      out += c;
    else
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return out;
}

}  // namespace

std::string restore_target(const shop_settings& shop, std::string_view cart_id, std::string_view cart_url) {
  if (is_web_url(cart_url)) return std::string{cart_url};
  auto filled = shop.restore_url;
  if (const auto mark = filled.find(cart_id_mark); mark != std::string::npos)
    filled.replace(mark, cart_id_mark.size(), percent_encoded(cart_id));
  return is_web_url(filled) ? filled : shop.base_url;
}

}  // namespace cartwheel
