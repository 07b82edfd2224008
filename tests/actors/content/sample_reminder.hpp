#pragma once

#include "actors/content/reminder.hpp"

namespace cartwheel {

/// A reminder as it usually is: a known shopper, two products, one of them without a picture.
inline reminder sample_reminder() {
  reminder r;
  r.shop = "default";
  r.cart_id = "c-1";
  r.template_name = "reminder-1";
  r.address = "anna.devries@example.org";
  r.shopper_name = "Anna de Vries";
  r.locale = "nl-NL";
  r.currency = {{'E', 'U', 'R'}};
  r.value = 15'485;
  r.lines = {{"sku-1", "Espressokopje, set van 4, handgemaakt steengoed", "https://img.example.com/sku-1.jpg",
              "https://shop.example.com/p/sku-1?from=a&to=b", 2'495, 1},
             {"sku-2", "Koffiebonen \"Kaffa\" 1 kg", "", "https://shop.example.com/p/sku-2", 6'495, 2}};
  r.cart_url = "https://shop.example.com/cart?id=c-1&step=2";
  r.unsubscribe_url =
    "https://mail.example.com/u/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz01234";
  r.message_id = "abcdefghijklmnopqrstuvwxyz@example.com";
  r.date = from_unix_ms(1'795'291'200'000);
  return r;
}

}  // namespace cartwheel
