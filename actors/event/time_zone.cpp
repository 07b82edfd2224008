#include "actors/event/time_zone.hpp"

#include <unicode/ucal.h>
#include <unicode/uenum.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

// ICU lists them for Java's sake; the IANA database never had them (CST would be China's or Chicago's).
constexpr std::string_view not_iana[] = {"ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT",        "CNT",
                                         "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT",        "NET",
                                         "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST", "Etc/Unknown"};

std::vector<std::string> known_zones() {
  std::vector<std::string> names;
  UErrorCode error = U_ZERO_ERROR;
  UEnumeration* zones = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_ANY, nullptr, nullptr, &error);
  int32_t length = 0;
  while (const char* name = uenum_next(zones, &length, &error)) {
    std::string_view text{name, static_cast<size_t>(length)};
    bool iana = std::find(std::begin(not_iana), std::end(not_iana), text) == std::end(not_iana);
    if (iana && text.substr(0, 8) != "SystemV/") names.emplace_back(text);
  }
  uenum_close(zones);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

const std::vector<std::string>& zones() {
  static const auto names = known_zones();
  return names;
}

}  // namespace

time_zone_code time_zone_code::of(std::string_view name) {
  const auto& all = zones();
  auto i = std::lower_bound(all.begin(), all.end(), name);
  if (i == all.end() || *i != name) return {};
  return {static_cast<uint16_t>(i - all.begin() + 1)};
}

uint16_t time_zone_code::count() { return static_cast<uint16_t>(zones().size()); }

std::string_view time_zone_code::name() const {
  return given() ? std::string_view{zones().at(number - 1u)} : std::string_view{};
}

}  // namespace cartwheel
