#include "actors/event/fields.hpp"

#include "actors/event/name_table.hpp"

namespace cartwheel {

namespace {

constexpr name_table event_fields{std::array<std::string_view, event_field_count>{
  "event",   "time",    "event_id", "shop",           "cart_id",          "customer_id",  "visitor_id",
  "email",   "phone",   "name",     "locale",         "time_zone",        "country",      "currency",
  "items",   "value",   "bot",      "internal",       "cart_url",         "order_id",     "into",
  "payment", "channel", "status",   "source",         "wording",          "proof_url",    "address_source",
  "item_id", "stock",   "price",    "loyalty_points", "account_discount", "paused_until", "frequency",
  "step",    "cycle"}};

constexpr name_table item_fields{std::array<std::string_view, item_field_count>{
  "item_id", "item_name", "price", "quantity", "image_url", "item_url", "item_category"}};

static_assert(event_fields[static_cast<size_t>(event_field::proof_url)] == "proof_url");
static_assert(event_fields[static_cast<size_t>(event_field::cycle)] == "cycle");
static_assert(item_fields[static_cast<size_t>(item_field::item_category)] == "item_category");

}  // namespace

event_field find_event_field(std::string_view key) { return static_cast<event_field>(event_fields.find(key)); }
item_field find_item_field(std::string_view key) { return static_cast<item_field>(item_fields.find(key)); }
std::string_view to_string(event_field field) { return event_fields[static_cast<size_t>(field)]; }
std::string_view to_string(item_field field) { return item_fields[static_cast<size_t>(field)]; }

}  // namespace cartwheel
