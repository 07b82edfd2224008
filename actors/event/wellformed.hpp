#pragma once

#include <string_view>

/// What the contract says about the form of single texts (docs/EVENTS.md, Fields every event may have).
/// Lengths in bytes and UTF-8 are the caller's to check.
namespace cartwheel::wellformed {

/// A language tag. Source: BCP 47 (RFC 5646 section 2.1), its form only; no registry is asked.
bool locale(std::string_view text);

/// A name of the IANA time zone database that ICU can compute with; letters' case counts.
bool time_zone(std::string_view text);

/// An ISO 3166-1 alpha-2 code in upper case, or XK, which Kosovo uses until it gets one.
bool country(std::string_view text);

/// "+" and up to limits::phone_digits_max digits, the first not 0. Source: ITU-T E.164.
bool phone(std::string_view text);

/// https with a host, and neither spaces nor control characters.
bool https_url(std::string_view text);

}  // namespace cartwheel::wellformed
