#pragma once

#include "actors/campaign/decision_facts.hpp"

#include <algorithm>
#include <random>

/// Facts as no shop will ever see them together: every value, near its limits and far from them.
namespace cartwheel::tests {

class any_facts {
 public:
  explicit any_facts(uint64_t seed) : dice_{seed} {}

  decision_facts operator()() {
    decision_facts f;
    each_fact(f, [&](unsigned, auto& fact) { set(fact); });
    return f;
  }

  /// Facts at which most rules pass: else hardly any come to the last ones.
  decision_facts nearly_sent() {
    auto f = (*this)();
    f.ordered_elsewhere = f.refuse_bots = f.refuse_roles = f.refuse_unverified = f.refuse_zero = false;
    f.cart_open = false;
    f.overdue = 0ms;
    f.has_address = f.campaign_on = true;
    f.before_campaign.reset();
    f.suppressed.reset();
    f.channel = channel::email;
    f.value_min = 0;
    f.reminders_max = std::max(f.reminders_max, f.reminders_sent + 1);
    if (!one_in(16)) f.quiet_for = 0ms;
    return f;
  }

  /// `fact` becomes something else than it is.
  template <class T>
  void change(T& fact) {
    const T before = fact;
    while (fact == before) set(fact);
  }

 private:
  bool one_in(unsigned n) { return dice_() % n == 0; }
  void set(bool& v) { v = one_in(2); }
  void set(uint32_t& v) { v = static_cast<uint32_t>(one_in(8) ? dice_() : dice_() % 6); }
  void set(int64_t& v) { v = static_cast<int64_t>(one_in(8) ? dice_() >> 20 : dice_() % 4); }
  void set(milliseconds& v) {
    constexpr milliseconds hours = std::chrono::hours{1};
    v = one_in(3) ? milliseconds{static_cast<int64_t>(dice_() % 4)} : static_cast<int64_t>(dice_() % 60) * hours;
  }
  void set(consent_status& v) { v = one_in(2) ? consent_status::withdrawn : consent_status::granted; }
  void set(channel& v) { v = static_cast<channel>(dice_() % 3); }
  void set(campaign_kind& v) { v = static_cast<campaign_kind>(dice_() % campaign_count); }
  void set(reason& v) { v = one_in(2) ? reason::suppressed_bounce : reason::suppressed_complaint; }
  void set(country_code& v) { v = country_code::of(one_in(2) ? "NL" : "US"); }
  void set(time_zone_code& v) { v = time_zone_code::of(one_in(2) ? "Europe/Amsterdam" : "Asia/Kathmandu"); }
  void set(currency_code& v) { v = {{'E', 'U', one_in(2) ? 'R' : 'X'}}; }
  template <class T>
  void set(std::optional<T>& v) {
    v.reset();
    if (one_in(2)) set(v.emplace());
  }

  std::mt19937_64 dice_;
};

}  // namespace cartwheel::tests
