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

std::string of_basis(const facts& f) {
  return of_consent(f) + (f.existing_customer ? "; a paid sale of this seller obtained the address"
                                              : "; no paid sale of this seller obtained the address");
}

std::string of_last_reminder(const facts& f) {
  if (!f.since_last_reminder)
    return fmt::format("no reminder to this address is known from within {}", in_words(f.cap));
  return fmt::format("a reminder to this address was sent {} before, and {} must lie between",
                     in_words(*f.since_last_reminder), in_words(f.cap));
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
          [](const facts&) {
            return std::string{
              "an opt-in, or a paid sale of this seller that obtained the address, would have been needed"};
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
  for (const auto& rule : policy_rules()) {
    const auto& w = wording_of(rule.reason);
    const bool held = rule.holds(f);
    checks.push_back({to_string(rule.reason), w.input(f), held, held ? w.instead(f) : std::string{}});
    if (held) break;
  }
  return checks;
}

}  // namespace cartwheel
