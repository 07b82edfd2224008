#pragma once

#include "actors/content/secret_key.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel {

/// What makes a reminder this reminder and no other: one step of one cycle of one cart, as opened then (the same id may
/// be opened again).
struct reminder_identity {
  std::string_view shop;
  std::string_view cart_id;
  instant opened{};
  uint64_t cycle = 0;
  uint8_t step = 0;
};

/// The Message-ID without its angle brackets, the same for every attempt at the same reminder.
/// Shape: 26 characters of base32 (a-z2-7, 130 bits of an HMAC, so it tells nothing) @ the sending domain.
std::string make_message_id(const secret_key& key, const reminder_identity& identity, std::string_view sending_domain);

}  // namespace cartwheel
