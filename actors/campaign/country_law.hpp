#pragma once

#include "actors/campaign/country_code.hpp"
#include "runtime/base/time.hpp"

#include <map>
#include <optional>
#include <string>

namespace cartwheel {

/// What may stand in for an opt-in to commercial e-mail.
struct mail_basis {
  bool allowed = false;
  std::optional<milliseconds> age_max;  // counted from what it rests on; nothing: it does not run out
  std::string law;                      // where that is written, for whoever has to check it
  friend bool operator==(const mail_basis&, const mail_basis&) = default;
};

/// What one country asks for before a reminder is mailed. A withdrawal refuses everywhere; other channels than e-mail want
/// an opt-in everywhere. The defaults are the strict table.
/// Source: docs/decisions/0014-who-may-be-written-to.md. Not legal advice.
struct country_law {
  bool opt_in_confirmed = false;  // an opt-in counts only when it was confirmed by mail (double opt-in)
  std::string opt_in_law;
  mail_basis sale{true, {}, {}};          // a paid sale of the same legal entity obtained the address
  mail_basis checkout;                    // it was typed in a checkout of that legal entity that was broken off
  bool checkout_refusal_offered = false;  // and only where the shop offers to refuse reminders at that point
  mail_basis account;                     // it was given with an account there
  mail_basis unasked;                     // nobody asked for it, and nobody has objected
  bool postal_address = false;            // every mail, whatever permits it, says where its sender is
  std::string mail_law;
  friend bool operator==(const country_law&, const country_law&) = default;
};

/// Every country's law; those that are not listed take `others`.
struct country_laws {
  country_law others;
  std::map<country_code, country_law> countries;

  const country_law& of(country_code country) const {
    auto i = countries.find(country);
    return i == countries.end() ? others : i->second;
  }
  friend bool operator==(const country_laws&, const country_laws&) = default;
};

}  // namespace cartwheel
