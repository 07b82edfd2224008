#include "actors/content/mail_address.hpp"
#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/relay/credentials.hpp"
#include "app/relay/probe_report.hpp"
#include "app/relay/relay_options.hpp"

#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <stdexcept>

namespace cartwheel {
namespace {

using named_relay = std::pair<const std::string, relay_settings>;

/// Nothing after a complaint.
const named_relay* chosen(const settings& s, const std::string& name) {
  if (const auto found = s.relays.find(name); found != s.relays.end()) return &*found;
  std::string names;
  for (const auto& [known, relay] : s.relays) names.append(names.empty() ? "" : ", ").append(known);
  if (!name.empty())
    std::cerr << "no relay is called " << name << "; there is " << (names.empty() ? "none" : names) << '\n';
  else if (s.relays.size() == 1)
    return &*s.relays.begin();
  else
    std::cerr << "which relay? There is " << (names.empty() ? "none" : names) << '\n';
  return nullptr;
}

}  // namespace

int relay_probe(const relay_probe_options& options) {
  const auto all = load_or_complain(options.config, options.sets, std::cerr);
  if (!all) return 1;
  const auto* relay = chosen(*all, options.name);
  if (relay == nullptr) return 1;
  const auto& [name, settings] = *relay;
  const auto credentials = read_credentials(name, settings);
  for (const auto& warning : credentials.warnings) std::cerr << "warning: " << warning << '\n';
  for (const auto& problem : credentials.problems) std::cerr << problem << '\n';
  if (!credentials.problems.empty()) return 1;

  smtp::probe_options wanted;
  wanted.relay = relay_options_of(name, settings);
  if (const auto from = parse_mailbox(all->shops.fallback.from)) wanted.sender = from->address.text;
  if (!options.to.empty()) {
    const auto to = parse_mailbox(options.to);
    if (!to) {
      std::cerr << "--to: " << options.to << ": must be an e-mail address\n";
      return 1;
    }
    wanted.recipient = to->address.text;
  }
  smtp::probe_findings found;
  try {
    found = smtp::probe_relay(wanted);
  } catch (const std::runtime_error& error) {
    std::cerr << "smtp.relay." << name << ".ca_file: " << error.what() << '\n';
    return 1;
  }
  std::cout << (options.json ? probe_as_json(name, settings, found) + '\n' : probe_in_words(name, settings, found));
  if (found.failed.empty()) {
    if (!options.json) std::cout << "ok: mails can be sent\n";
  } else {
    std::cerr << "no mail can be sent through relay " << name << ": " << found.failed << '\n';
  }
  std::cout << std::flush;
  return std::cout && found.failed.empty() ? 0 : 1;
}

}  // namespace cartwheel
