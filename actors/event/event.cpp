#include "actors/event/event.hpp"

#include <cstring>
#include <new>

namespace cartwheel {

const event_details no_details{};

std::string_view to_string(event_kind kind) {
  constexpr std::array<std::string_view, event_kind_count> names{"view_item",
                                                                 "view_cart",
                                                                 "add_to_cart",
                                                                 "remove_from_cart",
                                                                 "update_cart",
                                                                 "begin_checkout",
                                                                 "add_shipping_info",
                                                                 "add_payment_info",
                                                                 "purchase",
                                                                 "cart_merged",
                                                                 "identify",
                                                                 "consent",
                                                                 "order_paid",
                                                                 "order_cancelled",
                                                                 "refund",
                                                                 "item_changed",
                                                                 "erase",
                                                                 "preferences",
                                                                 "reminder_clicked",
                                                                 "other"};
  return names[static_cast<size_t>(kind)];
}

std::string_view to_string(address_source s) {
  constexpr std::array<std::string_view, 5> names{"unknown", "sale", "account", "checkout", "newsletter"};
  return names[static_cast<size_t>(s)];
}

std::string_view to_string(channel c) {
  constexpr std::array<std::string_view, 3> names{"email", "whatsapp", "onsite"};
  return names[static_cast<size_t>(c)];
}

std::string_view event_batch::keep(std::string_view text) {
  if (text.empty()) return {};
  auto* copy = static_cast<char*>(arena_.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

event_details* event_batch::make_details() {
  return new (arena_.allocate(sizeof(event_details), alignof(event_details))) event_details{};
}

std::span<event_item> event_batch::make_items(size_t n) {
  if (n == 0) return {};
  auto* first = static_cast<event_item*>(arena_.allocate(n * sizeof(event_item), alignof(event_item)));
  for (size_t i = 0; i < n; ++i) new (first + i) event_item{};
  return {first, n};
}

}  // namespace cartwheel
