#pragma once

#include <cstdint>
#include <string_view>

namespace cartwheel {

/// An IANA time zone, as a small number that means nothing beyond its process; 0 when none is known.
struct time_zone_code {
  uint16_t number = 0;

  /// Not given for a name that is not IANA's, or that this machine's ICU does not know.
  static time_zone_code of(std::string_view name);
  /// They are numbered from 1 to this.
  static uint16_t count();
  bool given() const { return number != 0; }
  /// "Europe/Amsterdam", with a zero behind it; empty when not given. Lives as long as the process.
  std::string_view name() const;
  friend auto operator<=>(const time_zone_code&, const time_zone_code&) = default;
};

}  // namespace cartwheel
