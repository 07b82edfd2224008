#pragma once

#include "runtime/base/time.hpp"

#include <cstddef>
#include <cstdint>

/// The bounds of the event contract. Units: bytes unless said otherwise. Source: docs/EVENTS.md.
namespace cartwheel::limits {

constexpr size_t event_bytes_max = 64 * 1024;
constexpr size_t shop_bytes_max = 64;
constexpr size_t id_bytes_max = 128;  // cart_id, customer_id, visitor_id, event_id, item_id, order_id, into
constexpr size_t email_bytes_max = 254;
constexpr size_t name_bytes_max = 128;
constexpr size_t url_bytes_max = 2048;
constexpr size_t item_name_bytes_max = 512;
constexpr size_t item_category_bytes_max = 128;
constexpr size_t source_bytes_max = 64;
constexpr size_t wording_bytes_max = 1024;
constexpr size_t items_max = 200;          // lines in an event, and in a cart
constexpr uint32_t quantity_max = 10'000;  // pieces of one line
constexpr int msgpack_depth_max = 8;       // record > items > item > value, and room for unknown fields

/// Live, an event dated later than this from now is refused; one older acts on persons and orders only.
constexpr milliseconds time_ahead_max = 5min;
constexpr milliseconds event_age_max = std::chrono::days{30};

/// Event ids remembered per cart, order and person.
constexpr size_t event_ids_max = 16;

}  // namespace cartwheel::limits
