#pragma once

#include <array>
#include <cstddef>

/// How often shoppers do what, and how long they take: what the generated crowd is made of.
///
/// Measured (each event id once) on three recorded traces; only these numbers were taken from them:
///   merch  Google Merchandise Store, Nov-Dec 2020: 10,847 shoppers, 10,651 opened carts, checkouts and orders, no views.
///          Its shop attached list tiles to additions, so what lay in a cart is not taken from here.
///   jd     JD.com, three hours of 2016-02-01: 1,030 shoppers, 179 opened carts, views and removals, no checkouts.
///   otto   OTTO, August 2022: 20 shoppers, 7 opened carts; too few to take shares from, but its gaps agree (median 30 s).
/// Accounts, consent and payment are in no public data: the traces carry what their conversion added ("added"), and the
/// crowd does the same, so both look alike to the policy.
namespace cartwheel::shares {

/// A point of a measured distribution: `value` is not exceeded with probability `p`.
struct quantile {
  double p;
  double value;
};

// Who comes.
constexpr double opens_cart = 0.174;           // jd: 179 of 1,030 (in merch 0.83, but it lacks those who only look)
constexpr double has_account = 0.60;           // added; merch 0.61, jd 0.59
constexpr double opts_in_with_account = 0.45;  // added; merch 0.448, jd 0.418
constexpr double opts_in_at_checkout = 0.20;   // added; merch 385 of 1,900 guests
constexpr double withdraws = 0.12;             // added, of those who opted in; merch 0.112, jd 0.130
constexpr double logs_in_later = 0.10;         // added, of guests who open a cart
constexpr double merges_at_login = 0.50;       // assumed: the account had a cart; else the guest's cart is bound to it
constexpr double shares_address = 0.02;        // added: accounts on one of 50 family addresses
constexpr double capital_in_address = 0.20;    // added: "Sanne@..." for "sanne@..."
constexpr double idn_address = 0.05;           // added: a domain that is not ASCII
constexpr double sent_twice = 0.01;            // added; merch 0.0099 of the events are redelivered

// Tables read across.
// clang-format off
/// Views, one a second at most. jd.
constexpr std::array<quantile, 13> views_without_cart{{
  {0, 1}, {.05, 1}, {.10, 1}, {.20, 1}, {.30, 2}, {.40, 2}, {.50, 3}, {.60, 5}, {.70, 7}, {.80, 11}, {.90, 19},
  {.95, 28}, {.99, 66}}};
constexpr std::array<quantile, 11> views_before_cart{{
  {0, 0}, {.20, 0}, {.30, 1}, {.40, 2}, {.50, 3}, {.60, 5}, {.70, 8}, {.80, 9}, {.90, 17}, {.95, 31}, {.99, 69}}};
// clang-format on
constexpr double views_between_additions = 0.67;  // jd: what follows an addition is a view

/// Additions per cart, share of carts with 1, 2, ... of them; the last is "12 and more". jd (merch has 0.389, 0.198, 0.098).
constexpr std::array<double, 12> additions{.559, .173, .061, .073, .022, .034, .034, .005, .011, .011, .006, .011};
constexpr double adds_same_again = 0.16;  // jd: 371 distinct lines in 443 additions

/// Carts something was taken out of, and how many pieces. jd: 9 of 100 carts with one addition, 23 of 79 others.
constexpr double removes_from_one = 0.09;
constexpr double removes_from_more = 0.29;
constexpr std::array<double, 5> removals{.72, .03, .13, .06, .06};

// How a cart ends.
constexpr double reaches_checkout = 0.336;       // merch
constexpr double buys_at_checkout = 0.514;       // merch
constexpr double buys_without_checkout = 0.008;  // merch, of all carts
constexpr double buys_after_abandoning = 0.026;  // merch, of the abandoned: comes back to order
constexpr double adds_after_abandoning = 0.024;  // merch, of the abandoned: comes back to add
/// Steps seen in a checkout: 1, 2, 3, 4. merch (it repeats begin_checkout; the crowd goes on to shipping and payment).
constexpr std::array<double, 4> checkout_steps{.48, .25, .12, .15};

/// What comes of all that, for the tests: an opened cart whose last addition no order followed within 20 minutes.
constexpr double abandoned_20min = 0.834;  // merch; jd 0.872
constexpr double bought = 0.181;           // merch; jd 0.128

/// Payment of an order: paid, offline, pending, failed. Added; merch .852 .077 .052 .019.
constexpr std::array<double, 4> payments{.85, .08, .05, .02};
constexpr double pending_is_paid = 0.70;       // added, after 10 to 423 minutes
constexpr double pending_is_cancelled = 0.20;  // added, after 429 to 543 minutes
constexpr double offline_is_paid = 0.60;       // added, after 1 to 2.2 days
constexpr double paid_is_refunded = 0.03;      // added, after 2 to 5 days

// How long it takes. Units: seconds.
// Tables read across.
// clang-format off
/// From one click to the next, pauses over 20 minutes left out. merch (median 31); jd 30, otto 30.
constexpr std::array<quantile, 11> click_gap{{
  {0, 1}, {.05, 5}, {.10, 6}, {.25, 11}, {.50, 31}, {.75, 90}, {.90, 210}, {.95, 346}, {.99, 795}, {.995, 1000},
  {1, 1199}}};
/// From one addition to the next, likewise. merch.
constexpr std::array<quantile, 14> addition_gap{{
  {0, 1}, {.05, 6}, {.10, 6}, {.20, 8}, {.30, 10}, {.40, 14}, {.50, 21}, {.60, 30}, {.70, 47}, {.80, 81},
  {.90, 168}, {.95, 299}, {.99, 743}, {1, 1199}}};
/// From the last addition to the checkout. merch.
constexpr std::array<quantile, 14> checkout_gap{{
  {0, 5}, {.05, 17}, {.10, 24}, {.20, 40}, {.30, 52}, {.40, 66}, {.50, 84}, {.60, 111}, {.70, 168}, {.80, 284},
  {.90, 545}, {.95, 949}, {.99, 1892}, {1, 2700}}};
/// From the last step of the checkout to the order. merch.
constexpr std::array<quantile, 10> order_gap{{
  {0, 30}, {.05, 47}, {.10, 55}, {.25, 76}, {.50, 112}, {.75, 172}, {.90, 271}, {.95, 387}, {.99, 956}, {1, 1700}}};
/// Until somebody who left comes back. merch (hours .33, .38, .46, 1.3, 18, 120, 329, 482, 740).
constexpr std::array<quantile, 10> absence{{
  {0, 1200}, {.05, 1368}, {.10, 1656}, {.25, 4680}, {.50, 64'800}, {.75, 432'000}, {.90, 1'184'400},
  {.95, 1'735'200}, {.99, 2'664'000}, {1, 5'000'000}}};
// clang-format on
/// A withdrawal comes at any moment of the ten days after the opt-in (added), or of what is left of the crowd's time.
constexpr double withdrawal_delay_max = 864'000;

/// Share of a day's arrivals per hour, local time of Western Europe. Assumed: merch's hours were scrambled before it was
/// published (each has .037 to .047), jd is three hours long, and 20 shoppers of otto (most clicks between 21 and 24 h local)
/// make no curve. The shape is the one retailers report: a lunch plateau and an evening peak.
constexpr std::array<double, 24> hour_of_day{.018, .010, .006, .004, .004, .007, .015, .026, .036, .047, .055, .057,
                                             .056, .055, .054, .053, .054, .055, .058, .070, .086, .090, .058, .026};
constexpr double hours_ahead_of_utc = 1;

}  // namespace cartwheel::shares
