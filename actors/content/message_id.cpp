#include "actors/content/message_id.hpp"

namespace cartwheel {

std::string make_message_id(const secret_key& key, const reminder_identity& identity, std::string_view sending_domain) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
  constexpr size_t characters = 26;
  auto digest =
    keyed_digest(key, {"message-id", identity.shop, identity.cart_id, std::to_string(unix_ms(identity.opened)),
                       std::to_string(identity.cycle), std::to_string(identity.step)});
  std::string out;
  out.reserve(characters + 1 + sending_domain.size());
  for (size_t i = 0; i < characters; ++i) {
    size_t bit = i * 5;
    unsigned two = static_cast<unsigned>(digest[bit / 8] << 8 | digest[bit / 8 + 1]);
    out += letters[two >> (11 - bit % 8) & 31];
  }
  return out.append("@").append(sending_domain);
}

}  // namespace cartwheel
