#pragma once

#include "runtime/base/time.hpp"

#include <cstddef>
#include <cstdint>

/// The bounds of a configuration. Each is far above what anyone needs and low enough that a slip of the keyboard shows.
namespace cartwheel::limits {

constexpr size_t config_bytes_max = 1024 * 1024;  // of one file: read whole into memory
constexpr size_t config_text_bytes_max = 1024;    // of one text that has no bound of its own
constexpr uint8_t campaign_priority_max = 100;    // far more ranks than campaigns
constexpr uint8_t counted_max = 20;               // views or additions of one browser: their times are kept
/// After the payment, its last step: an order is known for 180 days, and an erasure finds its sale by it.
constexpr milliseconds sale_open_max = std::chrono::days{150};
constexpr size_t steps_max = 16;                // of a campaign: a step's number is one digit of a cart's state
constexpr size_t min_values_max = 200;          // currencies: more than ISO 4217 has in use
constexpr uint32_t cap_count_max = 100;         // reminders to a person that are remembered: 24 B each
constexpr size_t relays_max = 8;                // each is a thread's turn and a label of the metrics
constexpr size_t template_choices_max = 32;     // target groups of a step: looked through once per mail
constexpr size_t service_text_bytes_max = 256;  // a line of a mail
constexpr size_t hidden_items_max = 100;        // of a shop: looked through for each line of a mail
constexpr uint32_t low_stock_max = 100;         // what is still urgent
constexpr size_t only_to_max = 1000;            // addresses: looked up once per mail
constexpr size_t relay_name_bytes_max = 32;     // a label of the metrics
constexpr size_t relay_user_bytes_max = 255;    // as long as an address can be, which it often is
constexpr size_t template_name_bytes_max = 64;  // a file name
constexpr size_t public_url_bytes_max = 300;    // "/u/" and a token of up to 600 still fit an unfolded header line
constexpr uint16_t relay_connections_max = 64;  // of one relay: each may leave 16 mails in doubt
constexpr uint16_t relay_order_max = 100;       // priorities and weights
constexpr double rate_max = 1e6;                // mails a second: more than any relay takes
constexpr double clock_factor_max = 1'000'000;  // a day in 0.1 s; beyond it a tick passes in less than a timer can see
constexpr uint64_t memory_bytes_min = 64ull * 1024 * 1024;  // below it even an empty server does not fit

}  // namespace cartwheel::limits
