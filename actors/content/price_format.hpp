#pragma once

#include "actors/content/limits.hpp"
#include "actors/event/event.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// How one locale writes one currency, taken from ICU once, so that a price costs no ICU call.
/// Shape: Latin digits whatever the locale; the currency's ISO 4217 decimals, for amounts count in those.
class price_format {
 public:
  /// Errors: nothing for a currency that ISO 4217 does not list.
  static std::optional<price_format> make(std::string_view locale, const currency_code& currency);

  /// Appends an amount. Units: minor, not negative.
  void append(std::string& out, int64_t minor) const;

 private:
  std::string prefix_;
  std::string suffix_;
  std::string decimal_;
  std::string group_;
  int digits_ = 2;
  int group_first_ = 3;   // digits of the group next to the decimal point
  int group_others_ = 3;  // India: 2
  int group_from_ = 4;    // whole digits from which groups are made (Poland: 5)
};

/// The price formats met so far.
/// Runs on: one thread.  Bounds: limits::price_formats_max, then it starts anew.  Cost: 50 us for a new one.
class price_formats {
 public:
  /// Null when the currency is not given or not of ISO 4217. Valid until the next call.
  const price_format* of(std::string_view locale, const currency_code& currency);

 private:
  std::map<std::string, std::optional<price_format>, std::less<>> known_;
  std::string key_;
};

}  // namespace cartwheel
