#include "actors/mailer/mail_host.hpp"

#include <algorithm>
#include <iterator>

namespace cartwheel {

namespace {

struct host {
  std::string_view domain;
  std::string_view name;
};

// Names that only ever belong to the host. A company's own domain at one of them would take a look at its MX.
constexpr host hosts[] = {
  {"gmail.com", "gmail"},
  {"googlemail.com", "gmail"},
  {"outlook.com", "microsoft"},
  {"outlook.de", "microsoft"},
  {"outlook.fr", "microsoft"},
  {"hotmail.com", "microsoft"},
  {"hotmail.nl", "microsoft"},
  {"hotmail.be", "microsoft"},
  {"hotmail.de", "microsoft"},
  {"hotmail.fr", "microsoft"},
  {"hotmail.co.uk", "microsoft"},
  {"live.com", "microsoft"},
  {"live.nl", "microsoft"},
  {"live.be", "microsoft"},
  {"live.de", "microsoft"},
  {"live.fr", "microsoft"},
  {"live.co.uk", "microsoft"},
  {"msn.com", "microsoft"},
  {"yahoo.com", "yahoo"},
  {"yahoo.de", "yahoo"},
  {"yahoo.fr", "yahoo"},
  {"yahoo.co.uk", "yahoo"},
  {"yahoo.ca", "yahoo"},
  {"ymail.com", "yahoo"},
  {"rocketmail.com", "yahoo"},
  {"aol.com", "yahoo"},
  {"icloud.com", "apple"},
  {"me.com", "apple"},
  {"mac.com", "apple"},
  {"gmx.de", "gmx"},
  {"gmx.net", "gmx"},
  {"gmx.at", "gmx"},
  {"gmx.ch", "gmx"},
  {"gmx.com", "gmx"},
  {"web.de", "gmx"},
};

}  // namespace

std::string_view mail_host_of(std::string_view domain) {
  const auto* found =
    std::find_if(std::begin(hosts), std::end(hosts), [&](const host& h) { return h.domain == domain; });
  return found == std::end(hosts) ? domain : found->name;
}

}  // namespace cartwheel
