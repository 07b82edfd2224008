#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

struct campaign_step;

/// A template for a target group: it is taken where all of its conditions hold.
struct template_choice {
  std::string template_name;
  std::string locale;             // "nl" takes in "nl-BE"; empty: any
  std::string shop;               // empty: any
  std::optional<bool> returning;  // an existing customer of the shop's legal entity, or not; nothing: either
  std::string min_value;          // of the cart, in units of its currency: "100", "49.95"; empty: any
  friend bool operator==(const template_choice&, const template_choice&) = default;
};

/// Whom a reminder goes to, as target groups tell people apart. Units: value in minor units, `digits` of them behind the
/// decimal point.
struct target_person {
  std::string_view shop;
  std::string_view locale;  // of the shopper, else the shop's
  bool returning = false;
  int64_t value = -1;  // of the cart; -1: not known, so that no least value is reached
  int digits = 2;      // of its currency
};

/// The template of the first group that the person belongs to; else the step's own.
const std::string& template_for(const campaign_step& step, const target_person& who);

/// "100" or "49.95" in minor units of a currency with so many digits; rounded up where it has fewer.
/// Errors: nothing for what is no such number, or beyond what a price may be.
std::optional<int64_t> minor_least(std::string_view text, int digits);

}  // namespace cartwheel
