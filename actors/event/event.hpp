#pragma once

#include "runtime/base/buffer.hpp"
#include "runtime/base/time.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// The names of docs/EVENTS.md. `other` is an unknown name: ignored and counted.
enum class event_kind : uint8_t {
  view_item,
  view_cart,
  add_to_cart,
  remove_from_cart,
  update_cart,
  begin_checkout,
  add_shipping_info,
  add_payment_info,
  purchase,
  cart_merged,
  identify,
  consent,
  order_paid,
  order_cancelled,
  refund,
  item_changed,
  erase,
  preferences,
  reminder_clicked,
  other,
};
constexpr size_t event_kind_count = static_cast<size_t>(event_kind::other) + 1;
std::string_view to_string(event_kind kind);

/// Whether its `order_id` names an order that it makes or changes.
constexpr bool concerns_order(event_kind kind) {
  return kind == event_kind::purchase || kind == event_kind::order_paid || kind == event_kind::order_cancelled ||
         kind == event_kind::refund;
}

enum class payment_state : uint8_t { paid, offline, pending, failed };
enum class channel : uint8_t { email, whatsapp, onsite };
enum class consent_status : uint8_t { granted, withdrawn };
enum class address_source : uint8_t { unknown, sale, account, checkout, newsletter };
std::string_view to_string(channel c);
std::string_view to_string(address_source s);

/// What a person is told of: whatever the campaigns say, or no more than a reminder a week.
enum class contact_frequency : uint8_t { unchanged, normal, weekly };

/// ISO 4217 alphabetic code; all zero when none was given.
struct currency_code {
  std::array<char, 3> letters{};
  bool given() const { return letters[0] != 0; }
  std::string_view text() const { return given() ? std::string_view{letters.data(), 3} : std::string_view{}; }
  friend bool operator==(const currency_code&, const currency_code&) = default;
};

/// One line of an event. Units: price in minor units of the event's currency, per piece; -1 when none was given.
struct event_item {
  std::string_view item_id;
  std::string_view item_name;
  std::string_view image_url;
  std::string_view item_url;
  std::string_view item_category;
  int64_t price = -1;
  uint32_t quantity = 1;
};

/// What most events do not carry. All texts are empty when absent.
struct event_details {
  std::string_view email;           // normalised for comparison (docs/EVENTS.md)
  std::string_view email_as_given;  // what a mail is addressed to
  std::string_view phone;
  std::string_view name;
  std::string_view locale;
  std::string_view time_zone;
  std::string_view country;
  std::string_view cart_url;
  std::string_view order_id;
  std::string_view into;
  std::string_view source;
  std::string_view wording;
  std::string_view proof_url;
  std::string_view changed_item_id;  // item_changed
  int64_t changed_stock = -1;        // item_changed; -1 when not given
  int64_t changed_price = -1;
  int64_t value = -1;  // minor units; -1 when not given
  payment_state payment = payment_state::paid;
  cartwheel::channel channel = cartwheel::channel::email;
  consent_status status = consent_status::granted;
  address_source source_of_address = address_source::unknown;
  std::string_view account_discount;  // what their account takes off, as the shop words it ("5%"); shown as it is
  int64_t loyalty_points = -1;        // -1 when not given
  instant paused_until = before_all;  // preferences; before_all when not given
  contact_frequency frequency = contact_frequency::unchanged;  // preferences
  uint32_t clicked_cycle = 0;                                  // reminder_clicked: which mail of the cart's it was
  uint8_t clicked_step = 0;
};

/// An event that keeps the contract, decoded once. Texts point into the batch that owns it.
/// Shape: items have distinct item_ids (repeats are summed, capped at quantity_max). Invariant: `details` is never null.
struct event {
  event_kind kind = event_kind::other;
  bool bot = false;
  bool internal = false;
  bool persons_only = false;  // live only: older than limits::event_age_max, acts on persons and orders only
  currency_code currency;
  instant time{};
  std::string_view event_id;  // empty: delivery is at least once
  std::string_view shop;      // "default" when absent
  std::string_view cart_id;
  std::string_view customer_id;
  std::string_view visitor_id;
  std::span<const event_item> items;
  const event_details* details = nullptr;
};

/// An event that broke the contract: refused whole, counted, written to the dead letters.
struct refused_event {
  size_t index = 0;  // place in its carrier: entry of a chunk, line of a file, element of an array; from 0
  event_kind kind = event_kind::other;  // `other` when the name was not understood
  bool time_ahead = false;              // reason `time_ahead` of the one list
  std::string reason;                   // names the field and the bound: "items[2].quantity: 0 is outside 1..10000"
  std::string_view raw;                 // as received; points into the batch's chunk
};

/// Decoded events of one carrier (chunk, request body, block of lines), in order of arrival, and the memory they point to.
/// Cost: one allocation per block of arena, none per event.
class event_batch {
 public:
  explicit event_batch(slice chunk = {}) : chunk_{std::move(chunk)} {}
  event_batch(const event_batch&) = delete;
  event_batch& operator=(const event_batch&) = delete;

  std::vector<event> events;
  std::vector<size_t> indexes;  // of events[i] in its carrier, like refused_event::index
  std::vector<refused_event> refused;

  const slice& chunk() const { return chunk_; }
  std::pmr::memory_resource* arena() { return &arena_; }

  /// Copies a text into the batch.
  std::string_view keep(std::string_view text);
  event_details* make_details();
  std::span<event_item> make_items(size_t n);

 private:
  slice chunk_;
  std::pmr::monotonic_buffer_resource arena_{4096};
};

/// What an absent `details` reads as.
extern const event_details no_details;

}  // namespace cartwheel
