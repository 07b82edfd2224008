#pragma once

#include "actors/campaign/campaign_kind.hpp"
#include "actors/campaign/country_code.hpp"
#include "actors/campaign/reason.hpp"
#include "actors/event/event.hpp"
#include "actors/event/time_zone.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>

namespace cartwheel {

/// All that a decision about one step rests on, gathered from cart, customer and consent actors. A plain value: kept with
/// the decision it decides the same again, whatever has happened since.
/// Units: what is `since` something is the time that has passed from it to the tick in which the step came up.
struct decision_facts {
  bool ordered_elsewhere = false;  // rule 10
  milliseconds overdue{};          // how long after its due time the step came up
  milliseconds not_after{};        // of the step
  bool has_address = false;        // rule 15
  cartwheel::channel channel = cartwheel::channel::email;
  std::optional<consent_status> consent;  // the latest of (address, legal entity, channel), rule 16
  bool opt_in_confirmed = false;          // it is an opt-in that was confirmed by mail
  std::optional<reason> suppressed;       // the address gets no mail: suppressed_bounce or suppressed_complaint

  // What else may stand in for an opt-in, all of it with the shop's legal entity.
  bool existing_customer = false;              // rule 13
  std::optional<milliseconds> since_sale;      // the latest that counts; nothing: it is not known when that was
  std::optional<milliseconds> since_checkout;  // its owner, or somebody else, typed the address in a checkout
  std::optional<milliseconds> since_account;   // gave it with an account
  bool refusal_offered = false;                // the shop's checkout lets shoppers refuse reminders where they type it
  bool postal_address = false;                 // the shop's mails say where it is

  // What the law says to that (country_law.hpp).
  country_code country;  // the shopper's, else the shop's; not given: the strict table
  bool confirmed_needed = false;
  bool sale_allowed = true;
  std::optional<milliseconds> sale_age_max;
  bool checkout_allowed = false;
  std::optional<milliseconds> checkout_age_max;
  bool refusal_needed = false;
  bool account_allowed = false;
  std::optional<milliseconds> account_age_max;
  bool unasked_allowed = false;
  bool postal_needed = false;

  // Whose address it is.
  bool refuse_unverified = false;
  bool somebody_elses = false;  // it belongs to an account, and not to one that this cart is of
  bool refuse_roles = false;
  bool role_address = false;

  // The cart.
  campaign_kind campaign = campaign_kind::cart;
  bool cart_open = false;  // of who looked around, where the campaign is theirs
  bool campaign_on = true;
  std::optional<milliseconds> before_campaign;  // the cart was abandoned so long before the campaign began
  bool refuse_bots = false;
  bool bot = false;
  bool internal = false;
  bool refuse_zero = false;
  int64_t value = -1;  // in minor units; -1: not known, or nobody asks
  int64_t value_min = 0;
  currency_code currency;
  bool held_out = false;  // of the share that is not reminded, to compare with

  // How much.
  uint32_t reminders_sent = 0;  // of this cart since it opened
  uint32_t reminders_max = 3;
  std::optional<milliseconds> since_last_reminder;  // to this address, any shop
  milliseconds cap = 24h;
  bool outranked = false;    // that one was claimed in the same tick, by a more important campaign
  uint32_t window_sent = 0;  // reminders to this address within `window`
  uint32_t window_max = 0;   // 0: any number
  milliseconds window{};
  bool shopper_wants_peace = false;         // a pause of theirs, or fewer reminders than this would make
  std::optional<milliseconds> since_order;  // the shopper's latest with this legal entity
  milliseconds cooldown{};

  // When.
  bool has_hours = false;    // the campaign's reminders leave in certain hours alone
  time_zone_code zone;       // the shopper's, else the shop's; not given: UTC, or nobody asks
  milliseconds quiet_for{};  // from the tick to the moment at which it may leave; zero: now
  uint32_t opens_at = 0;     // what the clock there shows when its hours begin again, as a minute of the day

  friend bool operator==(const decision_facts&, const decision_facts&) = default;
};
static_assert(std::is_trivially_copyable_v<decision_facts>);

/// Visits each fact with the tag that records know it by: `visit(tag, fact)`. A tag is never given to another fact.
template <class Facts, class Visit>
constexpr void each_fact(Facts& f, Visit&& visit) {
  visit(1, f.ordered_elsewhere);
  visit(2, f.overdue);
  visit(3, f.not_after);
  visit(4, f.has_address);
  visit(5, f.consent);
  visit(6, f.suppressed);
  visit(7, f.existing_customer);
  visit(8, f.reminders_sent);
  visit(9, f.reminders_max);
  visit(10, f.since_last_reminder);
  visit(11, f.cap);
  visit(12, f.channel);
  visit(13, f.opt_in_confirmed);
  visit(14, f.since_sale);
  visit(15, f.since_checkout);
  visit(16, f.since_account);
  visit(17, f.refusal_offered);
  visit(18, f.postal_address);
  visit(19, f.country);
  visit(20, f.confirmed_needed);
  visit(21, f.sale_allowed);
  visit(22, f.sale_age_max);
  visit(23, f.checkout_allowed);
  visit(24, f.checkout_age_max);
  visit(25, f.refusal_needed);
  visit(26, f.account_allowed);
  visit(27, f.account_age_max);
  visit(28, f.unasked_allowed);
  visit(29, f.postal_needed);
  visit(30, f.refuse_unverified);
  visit(31, f.somebody_elses);
  visit(32, f.refuse_roles);
  visit(33, f.role_address);
  visit(34, f.campaign_on);
  visit(35, f.before_campaign);
  visit(36, f.refuse_bots);
  visit(37, f.bot);
  visit(38, f.internal);
  visit(39, f.refuse_zero);
  visit(40, f.value);
  visit(41, f.value_min);
  visit(42, f.currency);
  visit(43, f.held_out);
  visit(44, f.window_sent);
  visit(45, f.window_max);
  visit(46, f.window);
  visit(47, f.since_order);
  visit(48, f.cooldown);
  visit(49, f.shopper_wants_peace);
  visit(50, f.has_hours);
  visit(51, f.zone);
  visit(52, f.quiet_for);
  visit(53, f.opens_at);
  visit(60, f.campaign);
  visit(61, f.outranked);
  visit(62, f.cart_open);
}

}  // namespace cartwheel
