#include "app/relay/relay_options.hpp"

#include "app/config/endpoint.hpp"
#include "app/config/formats.hpp"
#include "app/relay/credentials.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <stdexcept>

namespace cartwheel {
namespace {

smtp::protection protection_of(tls_mode m) {
  switch (m) {
    case tls_mode::implicit: return smtp::protection::implicit_tls;
    case tls_mode::starttls_required: return smtp::protection::starttls;
    case tls_mode::none: break;
  }
  return smtp::protection::none;
}

smtp::sasl::choice choice_of(auth_choice c) {
  switch (c) {
    case auth_choice::plain: return smtp::sasl::choice::plain;
    case auth_choice::login: return smtp::sasl::choice::login;
    case auth_choice::scram_sha_256: return smtp::sasl::choice::scram_sha_256;
    case auth_choice::xoauth2: return smtp::sasl::choice::xoauth2;
    case auth_choice::automatic: break;
  }
  return smtp::sasl::choice::automatic;
}

}  // namespace

smtp::relay_options relay_options_of(const std::string& name, const relay_settings& relay) {
  const auto address = parse_host_port(relay.address);
  if (!address) throw std::runtime_error{"smtp.relay." + name + ".address = \"" + relay.address + "\": no HOST:PORT"};
  smtp::relay_options o;
  o.host = address->host;
  o.port = address->port;
  o.connections = relay.connections;
  o.rate = config::a_second(relay.rate);
  o.ca_file = relay.ca_file;
  auto& s = o.session;
  s.pipelining = relay.pipelining;
  s.chunking = relay.chunking;
  s.window = relay.window;
  s.protection = protection_of(relay.tls);
  boost::system::error_code nameless;
  const auto own_name = boost::asio::ip::host_name(nameless);
  s.helo_name = !relay.helo.empty() ? relay.helo : default_helo_name(nameless ? "" : own_name);
  if (!logs_in(relay)) return o;
  s.login.mechanism = choice_of(relay.auth);
  s.login.credentials = [name, relay]() -> std::variant<smtp::sasl::credentials, std::string> {
    auto found = read_credentials(name, relay);
    if (!found.problems.empty()) return found.problems.front();
    return std::move(found.who);
  };
  return o;
}

std::string default_helo_name(const std::string& host_name) {
  const bool full = host_name.find('.') != std::string::npos && !host_name.starts_with("localhost.");
  return full && parse_host_port(host_name + ":25") && !parse_listen(host_name + ":25") ? host_name : "";
}

}  // namespace cartwheel
