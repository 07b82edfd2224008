#include "actors/campaign/explanation.hpp"

#include "actors/campaign/policy.hpp"

#include <fmt/format.h>

#include <array>

namespace cartwheel {
namespace {

using facts = decision_facts;

std::string times(uint32_t n) { return n == 1 ? "1 reminder" : fmt::format("{} reminders", n); }

std::string of_consent(const facts& f) {
  if (!f.consent) return "no opt-in or withdrawal is known for this address, seller and channel";
  return *f.consent == consent_status::granted ? "the latest word for this address, seller and channel is an opt-in"
                                               : "the latest word for this address, seller and channel is a withdrawal";
}

std::string ago(const std::optional<milliseconds>& since) {
  return since ? in_words(*since) + " before" : "at a time not known";
}

std::string law_of(const facts& f) {
  return f.country.given() ? fmt::format("the law of {}", f.country.text()) : std::string{"the strict table"};
}

std::string time_left(const std::optional<milliseconds>& age_max) {
  return age_max ? fmt::format(" for {}", in_words(*age_max)) : std::string{};
}

/// What is there that could permit it, and what the country's law makes of it.
std::string of_basis(const facts& f) {
  auto said = of_consent(f);
  if (f.confirmed_needed && f.consent == consent_status::granted)
    said +=
      fmt::format(", {} by mail, which {} asks for", f.opt_in_confirmed ? "confirmed" : "not confirmed", law_of(f));
  if (f.channel != channel::email) return said + fmt::format("; by {} nothing else counts", to_string(f.channel));
  said += f.existing_customer ? "; a paid sale of this seller obtained the address" +
                                  (f.since_sale ? " " + ago(f.since_sale) : std::string{})
                              : "; no paid sale of this seller obtained the address";
  if (f.existing_customer && (!f.sale_allowed || f.sale_age_max))
    said += fmt::format(", which {} {}", law_of(f),
                        f.sale_allowed ? "lets count" + time_left(f.sale_age_max) : "does not let count");
  if (f.since_checkout)
    said += fmt::format("; it was typed in a checkout {}, which {} {}{}", ago(f.since_checkout), law_of(f),
                        f.checkout_allowed ? "lets count" + time_left(f.checkout_age_max) : "does not let count",
                        !f.checkout_allowed || !f.refusal_needed ? ""
                        : f.refusal_offered                      ? ", for it could be refused there"
                                                                 : " only where it can be refused there");
  if (f.since_account)
    said += fmt::format("; it was given with an account {}, which {} {}", ago(f.since_account), law_of(f),
                        f.account_allowed ? "lets count" + time_left(f.account_age_max) : "does not let count");
  if (f.unasked_allowed) said += fmt::format("; {} lets mail go out until somebody objects", law_of(f));
  if (f.postal_needed)
    said += fmt::format("; {} asks for a postal address in each mail, and the shop has given {}", law_of(f),
                        f.postal_address ? "one" : "none");
  return said;
}

std::string what_the_country_misses(const facts& f) {
  if (f.channel == channel::email && f.postal_needed && !f.postal_address)
    return "the shop's postal_address would have been needed";
  if (f.consent == consent_status::granted)
    return "the opt-in would have had to be confirmed by mail (consent with source \"double_opt_in\")";
  if (f.checkout_allowed && f.since_checkout && f.refusal_needed && !f.refusal_offered)
    return "with a way to refuse reminders in the shop's checkout (refusal_offered) it would have been sent";
  return "an opt-in, or a later sale, would have been needed";
}

std::string of_amount(const facts& f) {
  if (f.value < 0) return "the cart's value is not known, or nobody asks";
  auto words = fmt::format("the cart is worth {} in minor units of {}", f.value,
                           f.currency.given() ? f.currency.text() : std::string_view{"a currency that was not named"});
  return words;
}

std::string of_last_reminder(const facts& f) {
  if (!f.since_last_reminder)
    return fmt::format("no reminder to this address is known from within {}", in_words(f.cap));
  return fmt::format("a reminder to this address was sent {} before, and {} must lie between",
                     in_words(*f.since_last_reminder), in_words(f.cap));
}

std::string of_hours(const facts& f) {
  if (!f.has_hours) return "reminders may leave at any time of day";
  const auto where = f.zone.given() ? f.zone.name() : std::string_view{"UTC"};
  if (f.quiet_for == 0ms) return fmt::format("reminders may leave at this time of day in {}", where);
  return fmt::format("quiet until {:02}:{:02} {}", f.opens_at / 60, f.opens_at % 60, where);
}

/// What a rule looks at, and what would have made it pass.
struct wording {
  cartwheel::reason reason{};
  std::string (*input)(const facts&) = nullptr;
  std::string (*instead)(const facts&) = nullptr;
};

std::string nothing(const facts&) { return {}; }

constexpr std::array wordings{
  wording{reason::ordered_other_cart,
          [](const facts& f) {
            return std::string{f.ordered_elsewhere
                                 ? "an order of this shopper in this shop is later than the last addition"
                                 : "no order of this shopper in this shop since the last addition"};
          },
          [](const facts&) { return std::string{"without that order the next rules would have been asked"}; }},
  wording{reason::cart_open,
          [](const facts& f) {
            return std::string{f.cart_open ? "this shopper has an open cart, which has reminders of its own"
                                           : "this shopper has no open cart"};
          },
          [](const facts&) { return std::string{"without that cart the next rules would have been asked"}; }},
  wording{reason::campaign_off,
          [](const facts& f) {
            if (!f.campaign_on) return std::string{"the campaign is off, everywhere or in this shop"};
            return f.before_campaign
                     ? fmt::format("the cart was abandoned {} before the campaign began", in_words(*f.before_campaign))
                     : std::string{"the campaign is on, and was when the cart was abandoned"};
          },
          [](const facts& f) {
            return std::string{f.campaign_on ? "abandoned when the campaign had begun it would have been reminded"
                                             : "the campaign would have had to be enabled"};
          }},
  wording{reason::bot,
          [](const facts& f) {
            return fmt::format("{}, and such carts are {}",
                               f.bot ? "marked as a bot's, or filled faster than a person could" : "no mark of a bot",
                               f.refuse_bots ? "not reminded" : "treated as all others");
          },
          [](const facts&) { return std::string{"the cart would have had to be a person's"}; }},
  wording{reason::internal,
          [](const facts& f) {
            return fmt::format("{}, and such carts are {}", f.internal ? "marked as internal" : "no mark as internal",
                               f.refuse_bots ? "not reminded" : "treated as all others");
          },
          [](const facts&) { return std::string{"the cart would have had to be a shopper's"}; }},
  wording{reason::role_address,
          [](const facts& f) {
            if (!f.refuse_roles) return std::string{"addresses of roles are treated as all others"};
            return std::string{f.role_address ? "the address is a role's, like info@ or sales@"
                                              : "the address is no role's"};
          },
          [](const facts&) { return std::string{"an address of the shopper's own would have been needed"}; }},
  wording{reason::country_policy, of_basis, what_the_country_misses},
  wording{reason::address_unverified,
          [](const facts& f) {
            if (!f.somebody_elses) return std::string{"the address belongs to no account but the shopper's own"};
            return fmt::format(
              "the address belongs to an account, and the shopper was not logged in to one with it; that is {}",
              f.refuse_unverified ? "refused" : "allowed");
          },
          [](const facts&) {
            return std::string{"logged in to the account that has this address, the shopper would have been reminded"};
          }},
  wording{reason::zero_value,
          [](const facts& f) { return of_amount(f) + (f.refuse_zero ? "; worth nothing it is not reminded" : ""); },
          [](const facts&) { return std::string{"a cart that is worth something would have been reminded"}; }},
  wording{reason::below_min_value,
          [](const facts& f) {
            return of_amount(f) + (f.value_min > 0 ? fmt::format("; {} at least", f.value_min)
                                                   : std::string{"; no least value is set"});
          },
          [](const facts& f) {
            return fmt::format("worth {} minor units more it would have been reminded", f.value_min - f.value);
          }},
  wording{reason::lower_priority,
          [](const facts& f) {
            return std::string{f.outranked ? "a more important campaign reminded this address in the same second"
                                           : "no more important campaign reminded this address in the same second"};
          },
          [](const facts&) { return std::string{"without that one it would have been asked on"}; }},
  wording{reason::cap_window,
          [](const facts& f) {
            if (f.shopper_wants_peace) return std::string{"the shopper asked for a pause, or for fewer reminders"};
            if (f.window_max == 0) return std::string{"no cap over a longer time is set"};
            return fmt::format("{} to this address within {}, {} at most", times(f.window_sent), in_words(f.window),
                               f.window_max);
          },
          [](const facts& f) {
            if (f.shopper_wants_peace)
              return std::string{"without that wish, or when its time is over, it would have been sent"};
            return fmt::format("with fewer than {} within {} it would have been sent", times(f.window_max),
                               in_words(f.window));
          }},
  wording{reason::cooldown_after_purchase,
          [](const facts& f) {
            auto order = f.since_order ? "the shopper ordered from this seller " + ago(f.since_order)
                                       : std::string{"no order of the shopper from this seller is known"};
            return f.cooldown > 0ms ? fmt::format("{}; {} must lie between", order, in_words(f.cooldown)) : order;
          },
          [](const facts& f) {
            return fmt::format("{} later it would have been sent",
                               in_words(f.cooldown - f.since_order.value_or(f.cooldown)));
          }},
  wording{reason::holdout,
          [](const facts& f) {
            return std::string{f.held_out ? "the cart is of the share that is not reminded, to compare with"
                                          : "the cart is not of a share that is held out"};
          },
          [](const facts&) { return std::string{"outside of that share it would have been sent"}; }},
  wording{reason::quiet_hours, of_hours,
          [](const facts& f) {
            const auto left = f.not_after - f.overdue;
            return f.quiet_for <= left ? fmt::format("it comes up again {} later", in_words(f.quiet_for))
                                       : fmt::format("{} later it could have left, {} after it would have been dropped",
                                                     in_words(f.quiet_for), in_words(f.quiet_for - left));
          }},
  wording{reason::expired_ttl,
          [](const facts& f) {
            return fmt::format("came up {} after it was due; it is dropped after {}", in_words(f.overdue),
                               in_words(f.not_after));
          },
          [](const facts& f) {
            return fmt::format("coming up {} earlier it would have been in time", in_words(f.overdue - f.not_after));
          }},
  wording{reason::no_address,
          [](const facts& f) {
            return std::string{f.has_address ? "an address is known"
                                             : "no address is known of customer, visitor or cart"};
          },
          [](const facts&) { return std::string{"an address would have had to be known when the step came up"}; }},
  wording{reason::consent_withdrawn, of_consent,
          [](const facts&) { return std::string{"an opt-in later than the withdrawal would have been needed"}; }},
  wording{reason::suppressed_bounce,
          [](const facts& f) {
            return std::string{f.suppressed == reason::suppressed_bounce ? "mail to this address bounced"
                                                                         : "no bounce is held against this address"};
          },
          [](const facts&) {
            return std::string{"the address would have had to take mail again, or an operator to lift the suppression"};
          }},
  wording{reason::suppressed_complaint,
          [](const facts& f) {
            return std::string{f.suppressed == reason::suppressed_complaint
                                 ? "its owner complained of our mail"
                                 : "no complaint is held against this address"};
          },
          [](const facts&) { return std::string{"an operator would have had to lift the suppression"}; }},
  wording{reason::no_consent, of_basis,
          [](const facts& f) {
            return std::string{
              f.channel == channel::email
                ? "an opt-in, or a paid sale of this seller that obtained the address, would have been needed"
                : "an opt-in for this channel would have been needed"};
          }},
  wording{reason::cap_cart,
          [](const facts& f) {
            return fmt::format("{} of this cart so far, {} at most", times(f.reminders_sent), f.reminders_max);
          },
          [](const facts& f) {
            return fmt::format("with fewer than {} of this cart it would have been sent", times(f.reminders_max));
          }},
  wording{reason::cap_24h, of_last_reminder,
          [](const facts& f) {
            const auto ago = f.since_last_reminder.value_or(f.cap);
            return fmt::format("a reminder to this address was sent {} before; {} later it would have been sent",
                               in_words(ago), in_words(f.cap - ago));
          }},
  wording{reason::opt_in, of_consent, nothing},
  wording{reason::existing_customer, of_basis, nothing},
  wording{reason::checkout_address, of_basis, nothing},
  wording{reason::account_address, of_basis, nothing},
  wording{reason::not_objected, of_basis, nothing},
};

const wording& wording_of(reason r) {
  const auto* w = wordings.begin();
  while (w != wordings.end() && w->reason != r) ++w;
  return *w;
}

consteval bool each_once() {
  for (size_t i = 0; i < wordings.size(); ++i)
    for (size_t k = i + 1; k < wordings.size(); ++k)
      if (wordings[i].reason == wordings[k].reason) return false;
  return true;
}
static_assert(each_once());

}  // namespace

std::string in_words(milliseconds d) {
  if (d < 0ms) return "-" + in_words(-d);
  const auto ms = d.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000)
    return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  struct unit {
    int64_t ms;
    std::string_view name;
  };
  constexpr std::array units{unit{86'400'000, "d"}, unit{3'600'000, "h"}, unit{60'000, "min"}, unit{1000, "s"}};
  size_t i = 0;
  while (ms < units[i].ms) ++i;
  const auto rest = ms % units[i].ms / units[i + 1].ms;
  auto words = fmt::format("{} {}", ms / units[i].ms, units[i].name);
  return rest == 0 ? words : fmt::format("{} {} {}", words, rest, units[i + 1].name);
}

std::vector<rule_check> explain(const decision_facts& f) {
  std::vector<rule_check> checks;
  const auto rules = policy_rules();
  for (const auto& rule : rules) {
    const auto& w = wording_of(rule.reason);
    const bool held = rule.holds(f);
    // Of a cart nobody asks whether there is one.
    if (!held && rule.reason == reason::cart_open && f.campaign != campaign_kind::browse) continue;
    // One reason of two outcomes is asked once.
    if (!held && &rule != &rules.back() && (&rule + 1)->reason == rule.reason) continue;
    checks.push_back({to_string(rule.reason), w.input(f), held, held ? w.instead(f) : std::string{}});
    if (held) break;
  }
  return checks;
}

}  // namespace cartwheel
