#include "app/config/campaign_keys.hpp"

#include "actors/campaign/week_hours.hpp"
#include "actors/event/moment.hpp"
#include "app/api/wording.hpp"
#include "actors/event/limits.hpp"
#include "app/config/amounts.hpp"
#include "app/config/coupon_keys.hpp"
#include "app/config/formats.hpp"
#include "app/config/limits.hpp"
#include "runtime/base/duration.hpp"

#include <algorithm>

namespace cartwheel::config {
namespace {

constexpr milliseconds year = std::chrono::days{365};
constexpr milliseconds month = std::chrono::days{30};

std::string print_step(const campaign_step& step) {
  std::string out;
  for (const auto& k : step_keys()) {
    const auto written = k.print(step);
    if (written != "[]" && written != "\"\"") out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", k.name, written);
  }
  return "{ " + out + " }";
}

campaign_step example_step() { return campaign_settings{}.steps.front(); }

reading<campaign_step> read_step(const value& v, const std::string& name) {
  if (v.type() != kind::table)
    return {
      {}, {refused(v, name, fmt::format("is {}", to_string(v.type())), "a table like " + print_step(example_step()))}};
  campaign_step step;
  auto problems = read_keys(step, v, name, step_keys());
  return {step, std::move(problems)};
}

reading<std::vector<campaign_step>> read_steps(const value& v, const std::string& key, const std::string& allowed) {
  std::vector<campaign_step> steps;
  std::vector<problem> problems;
  const auto& elements = v.elements();
  if (elements.empty()) problems.push_back({v.where, key, "is empty; must be " + allowed});
  if (elements.size() > limits::steps_max)
    problems.push_back({v.where, key, fmt::format("has {} steps; must be {}", elements.size(), allowed)});
  for (size_t i = 0; i < elements.size(); ++i) {
    auto name = fmt::format("{}[{}]", key, i);
    auto one = read_step(elements[i], name);
    const bool sound = one.problems.empty();
    problems.insert(problems.end(), one.problems.begin(), one.problems.end());
    if (!sound) continue;
    // Against the last sound step: one mistake is reported once.
    if (!steps.empty() && one.value->after <= steps.back().after)
      problems.push_back(
        {elements[i].where, name + ".after",
         fmt::format("{} is not after the step before it ({}); steps must come in ascending order",
                     quoted(print_duration(one.value->after)), quoted(print_duration(steps.back().after)))});
    else
      steps.push_back(*one.value);
  }
  if (!problems.empty()) return {{}, std::move(problems)};
  return {std::move(steps), {}};
}

const keys<template_choice>& choice_keys() {
  using part = template_choice;
  static const keys<part> all = {
    required(field("template", &part::template_name, template_name(), "The template for this group.")),
    field("locale", &part::locale, locale(), "The shopper's language, or the shop's where theirs is not known."),
    field("shop", &part::shop, text(1, limits::shop_bytes_max), "The shop."),
    field<part, bool>(
      "returning", [](part& p, bool b) { p.returning = b; }, [](const part& p) { return p.returning.value_or(false); },
      boolean(), "Existing customers of the shop's legal entity, or all others."),
    field("min_value", &part::min_value, least_amount(), "The cart's total, in units of its currency."),
  };
  return all;
}

/// As TOML, without the conditions that are not set.
std::string print_choice(const template_choice& c) {
  std::string out = "{ template = " + quoted(c.template_name);
  if (!c.locale.empty()) out += ", locale = " + quoted(c.locale);
  if (!c.shop.empty()) out += ", shop = " + quoted(c.shop);
  if (c.returning) out += fmt::format(", returning = {}", *c.returning);
  if (!c.min_value.empty()) out += ", min_value = " + quoted(c.min_value);
  return out + " }";
}

shape<std::vector<template_choice>> template_choices() {
  auto allowed = fmt::format(
    "a list of up to {} groups like {{ template = \"reminder-1-vip\", locale = \"nl\", shop = \"default\", returning "
    "= "
    "true, min_value = \"100\" }}",
    limits::template_choices_max);
  return {
    kind::list, allowed,
    [=](const value& v, const std::string& key) -> reading<std::vector<template_choice>> {
      std::vector<template_choice> all;
      std::vector<problem> problems;
      const auto& elements = v.elements();
      if (elements.size() > limits::template_choices_max)
        problems.push_back({v.where, key, fmt::format("has {} groups; must be {}", elements.size(), allowed)});
      for (size_t i = 0; i < elements.size(); ++i) {
        const auto name = fmt::format("{}[{}]", key, i);
        if (elements[i].type() != kind::table) {
          problems.push_back(refused(elements[i], name, fmt::format("is {}", to_string(elements[i].type())), allowed));
          continue;
        }
        auto found = read_keys(all.emplace_back(), elements[i], name, choice_keys());
        problems.insert(problems.end(), found.begin(), found.end());
      }
      if (!problems.empty()) return {{}, std::move(problems)};
      return {std::move(all), {}};
    },
    [](const std::vector<template_choice>& all) {
      std::string out;
      for (const auto& c : all) out += (out.empty() ? "" : ", ") + print_choice(c);
      return "[" + out + "]";
    }};
}

shape<std::vector<campaign_step>> steps() {
  auto allowed = fmt::format("a list of 1 to {} steps", limits::steps_max);
  return {kind::list, allowed, [=](const value& v, const std::string& key) { return read_steps(v, key, allowed); },
          [](const std::vector<campaign_step>& all) {
            std::string out = "[\n";
            for (const auto& step : all) out += "  " + print_step(step) + ",\n";
            return out + "]";
          }};
}

/// Hours of a week, as they are written (actors/campaign/week_hours.hpp).
shape<std::string> hours() {
  return text_that(
    [](const std::string& t) {
      const bool short_enough = t.size() <= limits::config_text_bytes_max;
      return short_enough && read_week_hours(t) ? std::optional{t} : std::nullopt;
    },
    "hours like \"21:00-08:00\" or \"Mon-Fri 18:00-22:00, Sun\", or empty");
}

/// A key of the campaign's hours.
template <class T>
key<campaign_settings> of_hours(std::string name, T send_hours::*to, shape<T> s, std::string meaning) {
  return field<campaign_settings, T>(
    std::move(name), [to](campaign_settings& c, const T& t) { c.hours.*to = t; },
    [to](const campaign_settings& c) { return c.hours.*to; }, std::move(s), std::move(meaning));
}

/// RFC 3339, or empty: always.
shape<instant> moment() {
  std::string allowed = "a moment like \"2026-02-01T12:00:00Z\", or empty";
  return {kind::text, allowed,
          [=](const value& v, const std::string& key) -> reading<instant> {
            if (v.text().empty()) return {before_all, {}};
            if (auto t = parse_rfc3339(v.text())) return {*t, {}};
            return {{}, {refused(v, key, "is no moment", allowed)}};
          },
          [](const instant& t) { return quoted(t == before_all ? "" : rfc3339(t)); }};
}

/// What the idle time may count from; a series that only carts in the checkout follow may count from its beginning, too.
shape<campaign_clock> clock_shape(bool of_checkout) {
  std::vector<word<campaign_clock>> words{{"last_add", campaign_clock::last_add},
                                          {"last_cart_change", campaign_clock::last_cart_change},
                                          {"last_seen", campaign_clock::last_seen}};
  if (of_checkout) words.push_back({"checkout_started", campaign_clock::checkout_started});
  return one_of(std::move(words));
}

std::string clock_meaning(bool of_checkout) {
  std::string words =
    "What the idle time counts from: the last addition to the cart; the last time anything was added, taken away or "
    "replaced; the last time the shopper was seen with it";
  return words + (of_checkout ? "; the moment at which they reached the checkout." : ".");
}

key<series_settings> priority_key() {
  return field("priority", &series_settings::priority, integer<uint8_t>(1, limits::campaign_priority_max),
               "`1` is the most important. Where several reminders of one address fall due in one second, the most "
               "important campaign has it; the others are refused (`lower_priority`).");
}

/// The keys that the series of all campaigns have, behind those that say when it begins.
keys<series_settings> common_keys() {
  using part = series_settings;
  return {
    priority_key(),
    field("reminders_per_cart", &part::reminders_per_cart, integer<uint8_t>(1, static_cast<uint8_t>(limits::steps_max)),
          "At most this many reminders of one cart, those of other campaigns counted."),
    field("min_value", &part::min_value, amounts(),
          "The least a cart must be worth, by currency (`below_min_value`); a cart in another, or whose value is not "
          "known, "
          "has no least."),
    field("zero_value", &part::refuse_zero, one_of<bool>({{"allow", false}, {"refuse", true}}),
          "Reminders of carts that are worth nothing (`zero_value`)."),
    field("holdout_percent", &part::holdout_percent, integer<uint8_t>(0, 100),
          "Share of the carts that is not reminded, to compare with (`holdout`). It is always the same ones."),
    field("steps", &part::steps, steps(), "The series, in order of `after`; the keys of a step stand below."),
  };
}

keys<series_settings> begin_keys(std::string idle_means) {
  using part = series_settings;
  return {
    field("enabled", &part::enabled, boolean(), "Whether it reminds anybody (`campaign_off`)."),
    field("enabled_at", &part::enabled_at, moment(),
          "When it began: carts that were abandoned before are not reminded. Empty: always."),
    field("idle", &part::idle, duration(1s, month), std::move(idle_means)),
  };
}

keys<series_settings> joined(keys<series_settings> all, keys<series_settings> more) {
  std::ranges::move(more, std::back_inserter(all));
  return all;
}

/// A key of the series that the settings of a campaign are made on.
template <class Part>
key<Part> of_series(key<series_settings> k) {
  return {std::move(k.name),
          k.wanted,
          std::move(k.allowed),
          std::move(k.meaning),
          [read = std::move(k.read)](Part& part, const value& v, const std::string& full_name) {
            return read(part, v, full_name);
          },
          [print = std::move(k.print)](const Part& part) { return print(part); },
          k.required};
}

}  // namespace

const keys<campaign_step>& step_keys() {
  using part = campaign_step;
  static const keys<part> all = {
    required(field("after", &part::after, duration(0s, year), "When the step is due, counted from the abandonment.")),
    field("channel", &part::channel,
          one_of<cartwheel::channel>(
            {{"email", channel::email}, {"whatsapp", channel::whatsapp, true}, {"onsite", channel::onsite, true}}),
          "What the reminder goes out by."),
    required(field("template", &part::template_name, template_name(), "The template it is written from.")),
    field("templates", &part::templates, template_choices(),
          "Templates for target groups: the first whose conditions all hold comes before `template`."),
    field("coupon", &part::coupon, pool_name(),
          "The pool `[coupon.NAME]` that each of its mails brings a code of; empty: none."),
    field("not_after", &part::not_after, duration(1ms, year),
          "Later than this after its due time the step is dropped (`expired_ttl`)."),
  };
  return all;
}

const keys<campaign_settings>& campaign_keys() {
  using part = campaign_settings;
  static const keys<part> all = [] {
    keys<part> made;
    for (auto& k : begin_keys("A cart is abandoned this long after what `clock` names."))
      made.push_back(of_series<campaign_settings>(std::move(k)));
    made.push_back(
      of_series<campaign_settings>(field("clock", &series_settings::clock, clock_shape(false), clock_meaning(false))));
    const keys<part> of_all = {
      field("cap", &part::cap, duration(0s, year),
            "At most one reminder per address in this time, over all campaigns, carts, shops and channels; `0s`: no "
            "cap."),
      field(
        "stock_fresh", &part::stock_fresh, duration(0s, month),
        "So long what the shop says of a product's stock (`item_changed`) is believed; later it counts for nothing. "
        "This and the next two hold for all campaigns but `unpaid`."),
      field("low_stock", &part::low_stock, integer<uint32_t>(0, limits::low_stock_max),
            "Mails say how many pieces are left when the shop has just said that it is so many or fewer; `0`: never."),
      field("sold_out", &part::sold_out,
            one_of<sold_out_choice>({{"leave-out", sold_out_choice::leave_out},
                                     {"refuse", sold_out_choice::refuse},
                                     {"show", sold_out_choice::show}}),
            "What becomes of a product with no pieces left: the mail is about the others (and not sent, "
            "`out_of_stock`, when "
            "there are none); no mail about a cart that holds one (`out_of_stock`); it is shown as any other."),
      field("pause_max", &part::pause_max, duration(1s, month), "A pending payment pauses the cart this long at most."),
      of_hours("quiet_hours", &send_hours::quiet, hours(),
               "Hours of the shopper's own clock in which no reminder leaves: of every day, or of days, separated by "
               "commas; a "
               "day alone is all of it. A step that comes up in them is deferred, or refused (`quiet_hours`) where its "
               "`not_after` is over before they are. Empty: none."),
      of_hours("peak_hours", &send_hours::peak, hours(),
               "Likewise the only hours in which reminders leave, but for those that are quiet. Empty: all."),
      of_hours(
        "spread", &send_hours::spread, duration(0s, std::chrono::days{1}),
        "What has waited for its hours leaves over this long a time from their beginning on, each cart at its own "
        "moment."),
    };
    std::ranges::copy(of_all, std::back_inserter(made));
    for (auto& k : common_keys()) made.push_back(of_series<campaign_settings>(std::move(k)));
    return made;
  }();
  return all;
}

const keys<series_settings>& checkout_keys() {
  static const keys<series_settings> all = [] {
    auto made = begin_keys("A checkout is abandoned this long after what `clock` names.");
    made.push_back(field("clock", &series_settings::clock, clock_shape(true), clock_meaning(true)));
    return joined(std::move(made), common_keys());
  }();
  return all;
}

const keys<series_settings>& unpaid_keys() {
  static const keys<series_settings> all =
    joined(begin_keys("The series begins this long after the purchase. Steps behind `campaign.cart.pause_max` never "
                      "come up."),
           common_keys());
  return all;
}

const keys<series_settings>& after_purchase_keys() {
  static const keys<series_settings> all = joined(
    begin_keys("The series begins this long after the payment. Its last step is due 150 days after it at the latest."),
    common_keys());
  return all;
}

const keys<browse_settings>& browse_keys() {
  using part = browse_settings;
  static const keys<part> all = [] {
    keys<part> made;
    for (auto& k : begin_keys("A trail is left this long after the shopper was last seen looking around."))
      made.push_back(of_series<part>(std::move(k)));
    const keys<part> counted = {
      field("views", &part::views, integer<uint8_t>(1, limits::counted_max),
            "So many views of products of one category (`item_category`) within `window` make a trail."),
      field("additions", &part::additions, integer<uint8_t>(0, limits::counted_max),
            "So many additions to carts within `window` make one, too; `0`: they do not. A step is refused while the "
            "shopper has an open cart (`cart_open`)."),
      field("window", &part::window, duration(1s, year),
            "How long a view or an addition counts; and no second trail of a shopper begins within it."),
    };
    std::ranges::copy(counted, std::back_inserter(made));
    for (auto& k : common_keys()) made.push_back(of_series<part>(std::move(k)));
    return made;
  }();
  return all;
}

const keys<series_settings>& stock_keys() {
  static const keys<series_settings> all = joined(
    begin_keys("The mail is due this long after the shop has said that the product is there again."), common_keys());
  return all;
}

const keys<price_settings>& price_keys() {
  using part = price_settings;
  static const keys<part> all = [] {
    keys<part> made;
    for (auto& k : begin_keys("The mail is due this long after the shop has said the new price."))
      made.push_back(of_series<part>(std::move(k)));
    made.push_back(field("drop_percent", &part::drop_percent, integer<uint8_t>(1, 100),
                         "At least so much below the price of the cart's line the new one must be."));
    for (auto& k : common_keys()) made.push_back(of_series<part>(std::move(k)));
    return made;
  }();
  return all;
}

}  // namespace cartwheel::config
