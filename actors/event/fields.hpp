#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// The keys of a record that docs/EVENTS.md names. Order: the order in which they are checked and complained about.
enum class event_field : uint8_t {
  event,
  time,
  event_id,
  shop,
  cart_id,
  customer_id,
  visitor_id,
  email,
  phone,
  name,
  locale,
  time_zone,
  country,
  currency,
  items,
  value,
  bot,
  internal,
  cart_url,
  order_id,
  into,
  payment,
  channel,
  status,
  source,
  wording,
  proof_url,
  address_source,
  item_id,
  stock,
  price,
  loyalty_points,
  account_discount,
  paused_until,
  frequency,
  step,
  cycle,
  unknown,
};
constexpr size_t event_field_count = static_cast<size_t>(event_field::unknown);

/// The keys of an item.
enum class item_field : uint8_t {
  item_id,
  item_name,
  price,
  quantity,
  image_url,
  item_url,
  item_category,
  unknown,
};
constexpr size_t item_field_count = static_cast<size_t>(item_field::unknown);

event_field find_event_field(std::string_view key);
item_field find_item_field(std::string_view key);
std::string_view to_string(event_field field);
std::string_view to_string(item_field field);

}  // namespace cartwheel
