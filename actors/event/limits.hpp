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
constexpr size_t account_discount_bytes_max = 64;
constexpr int64_t loyalty_points_max = 1'000'000'000;
constexpr size_t items_max = 200;          // lines in an event, and in a cart
constexpr uint32_t quantity_max = 10'000;  // pieces of one line
constexpr int msgpack_depth_max = 8;       // record > items > item > value, and room for unknown fields; JSON likewise
constexpr size_t local_part_bytes_max = 64;  // of a mailbox. Source: RFC 5321 section 4.5.3.1.1
constexpr size_t phone_digits_max = 15;      // Source: ITU-T E.164
constexpr size_t locale_bytes_max = 64;      // RFC 5646 section 4.4.1 asks for 35; no tag in use comes near this

/// One price or total, minor units: so small that a full cart's total still fits its 64 bits.
constexpr int64_t money_max = INT64_MAX / (int64_t{items_max} * quantity_max);

/// Milliseconds: the end of the year 9999, the last RFC 3339 can write. Adding idle times to it cannot overflow.
constexpr int64_t unix_ms_max = 253'402'300'799'999;

/// Live, an event dated later than this from now is refused; one older acts on persons and orders only.
constexpr milliseconds time_ahead_max = 5min;
constexpr milliseconds event_age_max = std::chrono::days{30};

/// Event ids remembered per cart, order and person.
constexpr size_t event_ids_max = 16;

}  // namespace cartwheel::limits
