// Who may be written to where: each country that comes with the program against what it should say, written out by hand
// from docs/decisions/0014-who-may-be-written-to.md.
#include "actors/campaign/mail_permission.hpp"
#include "actors/campaign/policy.hpp"
#include "app/config/countries.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

namespace cartwheel {
namespace {

using std::chrono::days;
using set_up = std::function<void(decision_facts&)>;

/// What is known of the address, one column each.
const std::array<std::pair<const char*, set_up>, 12> states{{
  {"nothing", [](auto&) {}},
  {"opt-in", [](auto& f) { f.consent = consent_status::granted; }},
  {"confirmed opt-in",
   [](auto& f) {
     f.consent = consent_status::granted;
     f.opt_in_confirmed = true;
   }},
  {"paid a month ago",
   [](auto& f) {
     f.existing_customer = true;
     f.since_sale = days{30};
   }},
  {"paid three years ago",
   [](auto& f) {
     f.existing_customer = true;
     f.since_sale = days{1095};
   }},
  {"paid, nobody knows when", [](auto& f) { f.existing_customer = true; }},
  {"typed in a checkout yesterday", [](auto& f) { f.since_checkout = days{1}; }},
  {"and could refuse there",
   [](auto& f) {
     f.since_checkout = days{1};
     f.refusal_offered = true;
   }},
  {"that half a year ago and more",
   [](auto& f) {
     f.since_checkout = days{183};
     f.refusal_offered = true;
   }},
  {"an account", [](auto& f) { f.since_account = days{1}; }},
  {"withdrawn, having paid",
   [](auto& f) {
     f.consent = consent_status::withdrawn;
     f.existing_customer = true;
     f.since_sale = days{30};
   }},
  {"everything",
   [](auto& f) {
     f.consent = consent_status::granted;
     f.opt_in_confirmed = true;
     f.existing_customer = true;
     f.since_sale = days{30};
     f.since_checkout = days{1};
     f.refusal_offered = true;
     f.since_account = days{1};
   }},
}};

struct row {
  const char* country;
  channel on;
  bool postal_address;
  // A letter for each state: O opt_in, E existing_customer, C checkout_address, A account_address, N not_objected are sent;
  // '-' no_consent, 'x' country_policy, 'w' consent_withdrawn are refused.
  const char* expected;
};

//  nothing, opt-in, confirmed, paid, paid long ago, paid some day, checkout, could refuse, long ago, account, withdrawn, all
constexpr std::array rows{
  row{"PT", channel::email, true, "-OOEEE----wO"},  // no file of its own: strict
  row{"NL", channel::email, true, "-OOEEE----wO"},
  row{"BE", channel::email, true, "-OOEEE----wO"},
  row{"FR", channel::email, true, "-OOEEE----wO"},
  row{"DE", channel::email, true, "-xOEEE----wO"},
  row{"GB", channel::email, true, "-OOEEExCC-wO"},
  row{"US", channel::email, true, "NOOEEECCCAwO"},
  row{"CA", channel::email, true, "-OOExxCCx-wO"},
  row{"NL", channel::email, false, "-OOEEE----wO"},
  row{"DE", channel::email, false, "-xOEEE----wO"},
  row{"GB", channel::email, false, "-OOEEExCC-wO"},
  row{"US", channel::email, false, "xxxxxxxxxxwx"},
  row{"CA", channel::email, false, "-xxxxxxxx-wx"},
  // Elsewhere than by mail nothing but an opt-in counts.
  row{"NL", channel::whatsapp, true, "-OO-------wO"},
  row{"DE", channel::whatsapp, true, "-xO-------wO"},
  row{"GB", channel::whatsapp, true, "-OO-------wO"},
  row{"US", channel::whatsapp, true, "-OO-------wO"},
  row{"CA", channel::whatsapp, true, "-OO-------wO"},
  row{"US", channel::whatsapp, false, "-OO-------wO"},
  row{"PT", channel::onsite, true, "-OO-------wO"},
  row{"DE", channel::onsite, false, "-xO-------wO"},
  row{"US", channel::onsite, false, "-OO-------wO"},
};

char letter_of(const decision& d) {
  if (d.outcome == decision_outcome::sent) switch (d.reason) {
      case reason::opt_in: return 'O';
      case reason::existing_customer: return 'E';
      case reason::checkout_address: return 'C';
      case reason::account_address: return 'A';
      case reason::not_objected: return 'N';
      default: return '?';
    }
  switch (d.reason) {
    case reason::no_consent: return '-';
    case reason::country_policy: return 'x';
    case reason::consent_withdrawn: return 'w';
    default: return '?';
  }
}

TEST(country_policy, each_country_channel_and_state_is_decided_as_the_page_says) {
  policy_settings policy;
  policy.by_country = true;
  const auto laws = countries_or_throw(policy).laws;
  for (const auto& r : rows) {
    const std::string expected = r.expected;
    ASSERT_EQ(expected.size(), states.size()) << r.country;
    for (size_t i = 0; i < states.size(); ++i) {
      decision_facts f;
      f.has_address = true;
      f.not_after = 24h;
      f.channel = r.on;
      f.postal_address = r.postal_address;
      states[i].second(f);
      const auto country = country_code::of(r.country);
      apply(laws->of(country), country, f);
      EXPECT_EQ(letter_of(decide(f)), expected[i])
        << r.country << ' ' << to_string(r.on) << (r.postal_address ? "" : " without postal address") << ": "
        << states[i].first;
    }
  }
}

TEST(country_policy, the_ages_end_to_the_millisecond) {
  policy_settings policy;
  policy.by_country = true;
  const auto laws = countries_or_throw(policy).laws;
  decision_facts f;
  f.has_address = f.existing_customer = f.postal_address = true;
  f.not_after = 24h;
  apply(laws->of(country_code::of("CA")), country_code::of("CA"), f);
  f.since_sale = days{730};
  EXPECT_EQ(decide(f), (decision{decision_outcome::sent, reason::existing_customer}));
  f.since_sale = days{730} + 1ms;
  EXPECT_EQ(decide(f), (decision{decision_outcome::refused, reason::country_policy}));
}

}  // namespace
}  // namespace cartwheel
