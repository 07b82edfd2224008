#include "app/commands.hpp"
#include "app/config/countries.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/load.hpp"
#include "app/config/reference.hpp"
#include "app/config/templates.hpp"
#include "app/relay/credentials.hpp"
#include "runtime/base/duration.hpp"
#include "transport/smtp/tls_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace cartwheel {
namespace {

std::string outlet_of(const settings& s) {
  if (s.outlet.kind == outlet_kind::maildir)
    return "maildir " + (s.outlet.maildir.empty() ? s.node.data_dir + "/maildir" : s.outlet.maildir);
  const auto& [name, relay] = *s.relays.begin();
  return fmt::format("smtp relay {} at {}, {} connections{}{}", name, relay.address, relay.connections,
                     relay.tls == tls_mode::none       ? ""
                     : relay.tls == tls_mode::implicit ? ", TLS"
                                                       : ", STARTTLS",
                     logs_in(relay) ? ", with login" : "");
}

/// Looks at the files that relays need; says what is wrong with them. Nobody is connected to: `relay probe` does that.
bool relays_have_what_they_need(const settings& s) {
  bool good = true;
  for (const auto& [name, relay] : s.relays) {
    const auto found = read_credentials(name, relay);
    for (const auto& warning : found.warnings) std::cerr << "warning: " << warning << '\n';
    for (const auto& problem : found.problems) std::cerr << problem << '\n';
    good = good && found.problems.empty();
    if (relay.tls == tls_mode::none) continue;
    try {
      const smtp::tls_context authorities{relay.ca_file};
    } catch (const std::runtime_error& error) {
      std::cerr << "smtp.relay." << name << ".ca_file: " << error.what() << '\n';
      good = false;
    }
  }
  return good;
}

std::string summary(const settings& s) {
  std::string campaigns;
  for (auto kind : all_campaigns) {
    const auto& series = s.campaign.of(kind);
    if (kind != campaign_kind::cart && !series.enabled) continue;
    std::string steps;
    for (const auto& step : series.steps)
      steps += fmt::format("{}{} after {}", steps.empty() ? "" : ", ", step.template_name, print_duration(step.after));
    campaigns += fmt::format("  campaign  {}{}, idle {}: {}\n", to_string(kind), series.enabled ? "" : " (off)",
                             print_duration(series.idle), steps);
  }
  return fmt::format(
    "  listens   forward {}, http {}, public {}\n"
    "  outlet    {}{}\n"
    "  shops     default and {} of their own\n"
    "  policy    {}\n"
    "{}",
    to_string(s.forward.listen), to_string(s.http.listen), to_string(s.public_site.listen), outlet_of(s),
    s.outlet.only_to.empty() ? "" : fmt::format(", only to {} addresses", s.outlet.only_to.size()),
    s.shops.shops.size(), s.policy.by_country ? "by country" : "strict", campaigns);
}

/// As lines of a zone file: a text record is made of strings of up to 255 bytes. Source: RFC 1035 section 3.3.14.
std::string to_publish(const dkim_signer& signer) {
  if (signer.empty()) return {};
  std::string out = "\nPublish in the DNS before mails signed with these keys leave:\n";
  for (const auto& record : signer.dns_records()) {
    out += record.name + ". IN TXT (";
    constexpr size_t string_max = 255;
    for (std::string_view rest = record.value; !rest.empty(); rest.remove_prefix(std::min(rest.size(), string_max)))
      out += fmt::format(" \"{}\"", rest.substr(0, string_max));
    out += " )\n";
  }
  return out;
}

}  // namespace

int check(const check_options& options) {
  if (options.print_defaults || options.print_reference) {
    std::cout << (options.print_defaults ? default_configuration() : configuration_reference()) << std::flush;
    return std::cout ? 0 : 1;
  }
  auto all = load_or_complain(options.config, options.sets, std::cerr);
  if (!all) return 1;
  auto templates = load_templates(*all);
  for (const auto& error : templates.errors) std::cerr << error << '\n';
  const bool relays_are_good = relays_have_what_they_need(*all);
  const auto countries = load_countries(all->policy);
  for (const auto& p : countries.problems) std::cerr << to_string(p) << '\n';
  if (!templates.set || !relays_are_good || !countries.laws) return 1;
  std::string records;
  try {
    const dkim_signer signer{all->dkim};
    for (const auto& w : signer.warnings()) std::cerr << "warning: " << w << '\n';
    records = to_publish(signer);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  std::cout << "ok\n" << summary(*all) << records << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace cartwheel
