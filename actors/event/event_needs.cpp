#include "actors/event/event_needs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>

namespace cartwheel {

std::string unmet_need(const event_record& record, const event& e) {
  using f = event_field;
  auto has = [&](f field) { return record.has(field); };
  auto all_of = [&](std::initializer_list<f> fields) -> std::string {
    auto lacking = std::find_if_not(fields.begin(), fields.end(), has);
    if (lacking == fields.end()) return {};
    return fmt::format("{}: is missing, {} needs it", to_string(*lacking), to_string(e.kind));
  };
  // Named as missing is the first; the words say which others would do.
  auto one_of = [&](std::initializer_list<f> fields, std::string_view words) -> std::string {
    if (std::any_of(fields.begin(), fields.end(), has)) return {};
    return fmt::format("{}: is missing, {} needs {}", to_string(*fields.begin()), to_string(e.kind), words);
  };
  switch (e.kind) {
    case event_kind::view_item:
      return one_of({f::cart_id, f::customer_id, f::visitor_id}, "cart_id, customer_id or visitor_id");
    case event_kind::view_cart:
    case event_kind::begin_checkout:
    case event_kind::add_shipping_info:
    case event_kind::add_payment_info: return all_of({f::cart_id});
    case event_kind::add_to_cart:
    case event_kind::remove_from_cart:
    case event_kind::update_cart: return all_of({f::cart_id, f::items});
    case event_kind::purchase:
      if (!has(f::order_id)) return all_of({f::order_id});
      return one_of({f::cart_id, f::customer_id}, "cart_id or customer_id");
    case event_kind::cart_merged:
      if (!has(f::cart_id) || !has(f::into)) return all_of({f::cart_id, f::into});
      return e.details->into == e.cart_id ? "into: is the cart_id itself" : "";
    case event_kind::identify:  // that there is nothing to learn harms nobody
      return one_of({f::customer_id, f::cart_id, f::visitor_id}, "customer_id, cart_id or visitor_id");
    case event_kind::consent:
      if (!has(f::channel) || !has(f::status)) return all_of({f::channel, f::status});
      if (e.details->channel == channel::email) {
        return one_of({f::email, f::customer_id}, "email or customer_id for this channel");
      }
      return one_of({f::email, f::phone, f::customer_id}, "email, phone or customer_id");
    case event_kind::order_paid:
    case event_kind::order_cancelled:
    case event_kind::refund: return all_of({f::order_id});
    case event_kind::item_changed: return all_of({f::item_id});
    case event_kind::erase: return one_of({f::customer_id, f::email}, "customer_id or email");
    case event_kind::preferences:
      if (!has(f::email)) return all_of({f::email});
      return one_of({f::paused_until, f::frequency}, "paused_until or frequency");
    case event_kind::reminder_clicked: return all_of({f::cart_id, f::step, f::cycle});
    case event_kind::other: return {};
  }
  return {};
}

}  // namespace cartwheel
