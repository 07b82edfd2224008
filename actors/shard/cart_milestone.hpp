#pragma once

#include "actors/campaign/reason.hpp"
#include "actors/cart/cart_state.hpp"
#include "actors/shard/notice.hpp"

#include <string>
#include <string_view>

namespace cartwheel {

/// What a milestone is about.
enum class milestone : uint8_t {
  ended,    // the cart is over
  paused,   // a pending payment keeps it from being reminded
  resumed,  // and does no more
  mail,     // something became of a reminder that had been handed out
};
constexpr auto last_milestone = milestone::mail;
std::string_view to_string(milestone m);

/// Something that happened to a cart and that its story tells, beside its decisions: as much of the cart as is needed to
/// say why no reminder followed, for the cart itself is forgotten with its end.
/// Source: docs/decisions/0016-what-a-decision-rested-on.md.
struct cart_milestone {
  instant known{};  // the log's time
  std::string shop;
  std::string cart_id;
  std::string customer_id;  // whose it was; empty: not known
  address_key address{};    // the cart's own, or the mail's; for whoever asks to be erased
  milestone what = milestone::ended;
  uint32_t cycle = 0;
  uint8_t step = 0;            // mail: which; else the one that comes next
  uint8_t reminders_sent = 0;  // of the cart, by then
  instant happened{};          // by the event that brought it
  instant last_add{};          // not of mails
  instant due = before_all;    // of the step that comes next; before_all: none did
  cart_end end = cart_end::none;
  settlement how = settlement::accepted;              // mail
  cartwheel::reason why = cartwheel::reason::opt_in;  // mail
  std::string by;  // the order that ended or paused it; the cart that it was merged into; mail: its coupon, in brief
};

}  // namespace cartwheel
