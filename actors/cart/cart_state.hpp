#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/country_code.hpp"
#include "actors/cart/cart_clocks.hpp"
#include "actors/cart/cart_lines.hpp"
#include "actors/event/address_key.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/time_zone.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/local_shared.hpp"
#include "runtime/base/local_text.hpp"

#include <array>
#include <optional>

namespace cartwheel {

/// A place in an epoch: which event said it. Later ones compare greater over the whole life of the process.
using log_order = uint64_t;

/// Why a cart is over. Source: docs/SEMANTICS.md rule 6.
enum class cart_end : uint8_t {
  none,
  emptied,
  ordered,
  ordered_elsewhere,
  merged,
  last_step,
  erased,
  superseded,
  failed
};
std::string_view to_string(cart_end end);

/// What few carts have; a new one is made for each change, so copies of a cart's state may share it.
struct cart_extras {
  // The cart's own address (rule 14), and what else the event with it told of the shopper.
  address_key own_address;
  std::string own_address_as_given;
  instant own_address_time = before_all;
  std::string shopper_name;
  std::string locale;
  // The pending purchase that pauses the cart (rule 11).
  std::string pausing_order;
  instant pause_from{};
  instant pause_until{};
  // When a reminder of it was last accepted: a purchase within seven days recovers the cart.
  instant reminded_at = before_all;
  // The cart's total where the gateway gave one.
  int64_t value = -1;
  // The step that comes next came up at a time of day at which no mail leaves: it comes up again then.
  instant deferred_until = before_all;
  // How many additions came in one minute of the events' clock; counted only where a policy asks.
  int64_t minute = 0;
  uint32_t additions = 0;
  // What the shopper's account offers, as the gateway words it.
  int64_t loyalty_points = -1;
  std::string account_discount;
  // The last click on a reminder's link, and which mail it stood in: what a later order may owe to it.
  instant clicked_at = before_all;
  uint32_t clicked_cycle = 0;
  uint8_t clicked_step = 0;
  // When the checkout was first reached since the last addition, and what other clocks count from, where a campaign has one.
  instant checkout_at = before_all;
  instant last_change = before_all;
  instant last_seen = before_all;
  // A product of it is there again or cheaper, and of that campaign the next step is; behind it the series goes on.
  campaign_kind news = campaign_kind::cart;  // cart: none
  instant news_at = before_all;
  uint8_t step_behind_news = 0;
  bool had_news = false;  // in this cycle
};

/// What an event says of a shopper's way with their cart.
struct shopper_signal {
  bool added = false;                   // rule 3
  bool changed = false;                 // an event that adds, takes away or replaces lines
  bool seen = false;                    // the shopper was there
  cart_stage stage = cart_stage::cart;  // how far they got with it
};

/// A cart, as a plain value with the verbs of docs/SEMANTICS.md part a. No clock, no messages; every verb either succeeds
/// or throws before it changed anything that is shared with a copy.
class cart_state {
 public:
  /// Moves the clocks: a new cycle starts when the campaign that the cart follows has a later moment to count from than
  /// before, or is another one than before. Nothing moves while the cart is paused. Source: docs/SEMANTICS.md, Campaigns.
  void heard(const shopper_signal& signal, instant time, const campaign_settings& campaign);
  /// Rule 11: pauses at `time` for `length`, unless a later pending purchase already does. False when one does.
  bool pause(std::string_view order_id, instant time, milliseconds length);
  /// The next step is the first of a series that begins now.
  void begin_cycle();
  /// Rule 11: a new cycle from `moment` on.
  void resume(instant moment);
  /// It stands for a sale that was paid at `time`, from here on: its only cycle begins.
  void stand_for_sale(instant time);
  /// It stands for the trail of somebody who looked around from `since` to `seen`.
  void stand_for_trail(instant since, instant seen);
  /// Whoever left that trail was seen again: later than before begins a new cycle. True when it does.
  bool seen_again(instant time);
  /// Whether news of a product may come in between now: its first step has been decided, and there were none since.
  bool takes_news() const;
  /// The next step is one of this campaign, counted from `at`. What comes next in the series comes behind it.
  void hear_news(campaign_kind campaign, instant at);
  /// Rule 4: later time wins, at equal times later arrival. True when the customer or visitor changed.
  bool bind_customer(std::string_view customer, instant time);
  bool bind_visitor(std::string_view visitor, instant time);
  /// Rule 14: the cart's own address.
  /// True when it was learnt: later time wins, at equal times later arrival.
  bool learn_own_address(const address_key& key, std::string_view as_given, instant time);
  void forget_own_address();
  void learn_shopper(std::string_view name, std::string_view locale);
  void set_value(int64_t value);
  void reminded(instant at);
  /// The step that comes next comes up again at `until`, unless an addition starts a new cycle before.
  void defer(instant until);
  void decided(uint8_t step);
  /// One more addition. More than `most` in a minute are no person's: the cart counts as a bot's from here on.
  void count_addition(instant time, uint32_t most);
  void learn_account(int64_t loyalty_points, std::string_view discount);
  /// Later time wins, at equal times later arrival.
  void clicked(instant at, uint32_t of_cycle, uint8_t step);

  bool paused() const { return extras_ != nullptr && !extras_->pausing_order.empty(); }
  bool paused_by(std::string_view order_id) const { return paused() && extras_->pausing_order == order_id; }
  instant pause_until() const { return extras_->pause_until; }
  const cart_extras& extras() const;

  cart_clocks clocks() const;
  /// Which campaign's series it is in.
  campaign_kind follows(const campaign_settings& campaign) const { return clocks().follows(campaign); }
  /// Rule 7. Nothing when every step has been decided.
  std::optional<instant> due(const campaign_settings& campaign) const;
  bool deferred() const { return extras_ != nullptr && extras_->deferred_until != before_all; }
  /// When the cart must be looked at again: its step's due time, when a deferred one comes up again, or the end of its
  /// pause, if that is earlier.
  std::optional<instant> wake(const campaign_settings& campaign) const;

  /// Whether an event id is one of the newest four; remembers it and returns the one it pushes out (0: none).
  bool knows(uint64_t event_id) const;
  const std::array<uint64_t, 4>& event_ids() const { return event_ids_; }  // newest first
  uint64_t remember(uint64_t event_id);

  void save(byte_writer& to) const;
  /// Errors: broken_bytes.
  static cart_state load(byte_reader& from);

  cart_lines lines;
  local_text customer;
  local_text visitor;
  local_text cart_url;
  instant customer_time = before_all;
  instant visitor_time = before_all;
  instant last_add = before_all;
  uint32_t cycle = 0;
  uint8_t next_step = 0;
  uint8_t sent = 0;
  cart_end end = cart_end::none;
  bool bot : 1 = false;
  bool internal : 1 = false;
  cart_subject subject : 4 = cart_subject::cart;
  cart_stage stage = cart_stage::cart;
  currency_code currency;
  country_code country;      // that its events named last
  time_zone_code time_zone;  // likewise

 private:
  cart_extras& own_extras();

  local_shared<cart_extras> extras_;
  std::array<uint64_t, 4> event_ids_{};
};
static_assert(sizeof(cart_state) == 112, "ten million carts are 1.1 GB of these");

}  // namespace cartwheel
